/** One body over all sixteen placements, and over all of them while they change under load (E1, E6, E7). */
import { beforeAll, describe, expect, test } from 'vitest';
import { journey } from './src/journey.ts';
import { failuresIn, shopOfFile, type Load, type Placements, type SwitchView } from './src/index.ts';
import { lastItems } from './src/scarce-product.ts';
import type { Answer } from './src/visitor.ts';

const MODULES = ['catalog', 'cart', 'payment', 'shipping'] as const;

/** All subsets of the modules as services, each one module away from the one before (Gray code). */
const PLACEMENTS: readonly Placements[] = Array.from({ length: 2 ** MODULES.length }, (_, i) => {
  const outside = i ^ (i >> 1);
  return Object.fromEntries(
    MODULES.map((module, bit) => [module, outside & (1 << bit) ? ('service' as const) : ('bundle' as const)]),
  );
});

/** Every direct way between two modes, and back to the start: tight → hybrid → loose → tight → loose → hybrid → tight. */
const MODES = (['hybrid', 'loose', 'tight', 'loose', 'hybrid', 'tight'] as const).map((mode) => ({ mode }));
const LEAPS = [11, 6, 13, 0].map((i) => ({ placements: PLACEMENTS[i] ?? {} }));

/** A journey waits for a silent bank most of the time: two shops wait side by side. */
const PARTS = [
  { placements: PLACEMENTS.slice(0, 8), walk: MODES },
  { placements: PLACEMENTS.slice(8), walk: LEAPS },
];

const outside = (placements: Placements): string =>
  MODULES.filter((module) => placements[module] === 'service').join(', ') || 'nothing';

describe.for(PARTS)('a shop of its own', { concurrent: true }, ({ placements, walk }) => {
  // The second bundle's store link is slow: 300 ms on every contact, 150 ms there and 150 ms back.
  const shop = shopOfFile(() => ({ faults: 'store.*@shop-1=delay:150' }));
  const modes = new Map<number, string>();
  const answers: Answer[] = [];
  let lasts: string[];
  let load: Load;

  const note = ({ outcome, epoch, to }: SwitchView): void => {
    if (outcome === 'committed' && epoch !== null) modes.set(epoch, to);
  };

  /** Walks a journey; each of its answers names an epoch that was put in force, and that epoch's mode. */
  async function customer(): Promise<readonly Answer[]> {
    const lastItem = lasts.pop();
    if (lastItem === undefined) throw new Error('there are too few single items for so many journeys');
    return journey({ edgeUrl: shop().stack.edgeUrl, lastItem });
  }

  beforeAll(async () => {
    lasts = [...(await lastItems(shop().stack.postgresUrl, 100))];
    const { epoch, mode } = await shop().control.layout();
    modes.set(epoch, mode);
  });

  test.sequential.for(placements.map((one) => ({ placements: one, name: outside(one) })))(
    'a whole journey gives the same answers with $name outside the bundle',
    async ({ placements: one }) => {
      note(await shop().control.switchTo({ placements: one }));
      const { epoch, mode } = await shop().control.layout();
      const told = await customer();
      expect(new Set(told.map((each) => `${each.epoch} ${each.mode}`))).toEqual(
        new Set([`${epoch} ${mode}`]),
      );
    },
  );

  test.sequential(
    'and while the shape changes all the time, with two bundles, one of them slow to hear of it',
    async () => {
      load = await shop().load({ peakRps: 25 });
      await load.served(25);
      let going = true;
      const customers = (async () => {
        while (going) answers.push(...(await customer()));
      })();
      try {
        for (const target of walk)
          note(await shop().control.switchTo({ ...target, instances: { bundle: 2 } }));
      } finally {
        going = false;
        await customers;
      }
    },
  );

  test.sequential('every answer names the mode of its epoch, and many epochs served', async () => {
    const wrong = answers.filter(({ epoch, mode }) => modes.get(epoch) !== mode);
    expect(wrong.map(({ asked, epoch, mode }) => `${asked}: ${mode} in epoch ${epoch}`)).toEqual([]);
    expect(new Set(answers.map(({ epoch }) => epoch)).size).toBeGreaterThan(walk.length / 2);
    expect(await shop().control.layout()).toMatchObject({ mode: 'tight', instances: { bundle: 2 } });
  });

  test.sequential(
    'no request failed, and the books agree: one epoch for each root, no effect lost or doubled',
    async () => {
      const summary = await load.stop();
      expect(await failuresIn(load.log)).toEqual([]);
      expect(summary.orders).toMatchObject({ unsettled: 0 });
      const result = await shop().audit();
      expect(result.problems).toEqual([]);
      expect(result).toMatchObject({
        ...{ ok: true, coverage: 1, mixedEpochRoots: 0, lostOrders: 0, duplicateCharges: 0 },
        ...{ negativeStock: 0, stockMismatch: 0 },
      });
    },
  );
});
