import type { Bench } from '../bench.ts';
import { inTurn } from '../rounds.ts';
import { median, medianRatio } from '../statistics.ts';
import { withClients } from './rpc-pairs.ts';

const ROUND_MS = 600;
const CONTENDERS = ['atlas', 'nest', 'bare'] as const;

/** Calls between two processes, one after another: nothing to batch. */
export const rpc1: Bench = {
  name: 'rpc1',
  about: 'calls between two processes, one in flight, against Nest TCP',
  needsStack: false,
  rows: [
    {
      name: 'rpc1.p50VsNest',
      unit: '×',
      goal: { atMost: 0.85 },
      about: "Median time of one call, nothing else in flight, over that of Nest's own TCP transport.",
    },
    { name: 'rpc1.p50VsBare', unit: '×', about: 'The same over the bare loop.' },
    { name: 'rpc1.p50Us', unit: 'µs', about: 'Median time of one call, nothing else in flight.' },
  ],
  async run(context) {
    const question = { inFlight: 1, forMs: context.span(ROUND_MS) };
    return withClients(CONTENDERS, async (clients) => {
      const p50 = await inTurn(context, {
        atlas: () => clients.atlas.ask<number>('p50', question),
        nest: () => clients.nest.ask<number>('p50', question),
        bare: () => clients.bare.ask<number>('p50', question),
      });
      return {
        values: {
          'rpc1.p50VsNest': medianRatio(p50.atlas, p50.nest),
          'rpc1.p50VsBare': medianRatio(p50.atlas, p50.bare),
          'rpc1.p50Us': median(p50.atlas),
        },
        samples: Object.fromEntries(CONTENDERS.map((name) => [`${name} p50 µs`, p50[name]])),
      };
    });
  },
};
