import type { Bench } from '../bench.ts';
import { withParties } from '../party.ts';
import { inTurn } from '../rounds.ts';
import { median, medianRatio } from '../statistics.ts';

const at = (file: string): URL => new URL(`../parties/${file}`, import.meta.url);
/** The other core is left to whatever else the machine does. */
const CORE = 1;
const ROUND_MS = 600;

/** A call that stays in its process. */
export const tight: Bench = {
  name: 'tight',
  about: 'a call inside one process, against a direct one and against Moleculer',
  needsStack: false,
  rows: [
    {
      name: 'tight.vsDirect',
      unit: '×',
      goal: { atMost: 1.3 },
      about:
        'Time of an awaited call through the typed client (routed by epoch, deadline and root accounting on) over that of the handler awaited directly.',
    },
    {
      name: 'tight.vsMoleculer',
      unit: '×',
      goal: { atLeast: 5 },
      about: "How often our call fits into Moleculer's local call.",
    },
    { name: 'tight.callNs', unit: 'ns', about: 'One awaited call through the typed client.' },
    {
      name: 'tight.rootNs',
      unit: 'ns',
      about: 'Admitting and ending one root, which pays for all of its calls at once.',
    },
    {
      name: 'tight.rootOf8VsDirect',
      unit: '×',
      about: 'The same ratio when every eight calls are a root of their own, admission and end included.',
    },
  ],
  async run(context) {
    const module = ['tight-direct.ts', 'tight-atlas.ts', 'tight-moleculer.ts'].map(at);
    return withParties(
      module.map((one) => ({ module: one, core: CORE })),
      async (direct, atlas, moleculer) => {
        if (!direct || !atlas || !moleculer) throw new Error('a party is missing');
        const forMs = context.span(ROUND_MS);
        const ns = await inTurn(context, {
          direct: () => direct.ask<number>('measure', { forMs }),
          atlas: () => atlas.ask<number>('measure', { forMs }),
          moleculer: () => moleculer.ask<number>('measure', { forMs }),
          root: () => atlas.ask<number>('measureRoots', { forMs }),
          short: () => atlas.ask<number>('measureShort', { forMs }),
        });
        return {
          values: {
            'tight.vsDirect': medianRatio(ns.atlas, ns.direct),
            'tight.vsMoleculer': medianRatio(ns.moleculer, ns.atlas),
            'tight.callNs': median(ns.atlas),
            'tight.rootNs': median(ns.root),
            'tight.rootOf8VsDirect': medianRatio(ns.short, ns.direct),
          },
          samples: {
            'direct ns/call': ns.direct,
            'atlas ns/call': ns.atlas,
            'moleculer ns/call': ns.moleculer,
            'atlas ns/root': ns.root,
            'atlas, roots of 8, ns/call': ns.short,
          },
        };
      },
    );
  },
};
