import { describe, expect, test } from 'vitest';
import { replay, type Traced } from './closed-loop.ts';

/** Rungs as where hosts have a limit of CPU time, and where only a second bundle bears more. */
const SERVICES = { tight: 400, tight2: 760, hybrid: 620, loose: 1_000 };
const BUNDLES = { tight: 502, tight2: 629, hybrid: 502, loose: 567 };
/** What the shop truly bears of what was measured: a machine is not always as quiet as when it was. */
const AS_MEASURED = 1;
const LESS = 0.6;
/**
 * Of much less, the best shape hardly bears the peak, and what waits when a controller awakes is worked off in seconds that
 * are the same for all.
 */
const NOT_MUCH_LESS = 0.7;
const TRACES = ['sudden', 'flash-sale', 'matchday', 'day-night'];
/** A cell in which the autoscaler misses the intent for less than this says nothing, s. */
const COUNTS_FROM_S = 2;

async function missedOf(run: Omit<Traced, 'controller'>): Promise<{ atlas: number; reactive: number }> {
  const [atlas, reactive] = [
    await replay({ ...run, controller: 'atlas' }),
    await replay({ ...run, controller: 'reactive' }),
  ];
  return { atlas: atlas.missed.length, reactive: reactive.missed.length };
}

describe('against an autoscaler that looks each 15 s and holds for 30 s', () => {
  const cells = [AS_MEASURED, NOT_MUCH_LESS].flatMap((bears) => TRACES.map((trace) => ({ trace, bears })));
  test.each(cells)(
    '$trace, $bears of what was measured: at most half of its missed seconds',
    { timeout: 180_000 }, // a match day is 8 s of thinking
    async (cell) => {
      const { atlas, reactive } = await missedOf({ ...cell, capacity: SERVICES });
      if (reactive < COUNTS_FROM_S) expect(atlas).toBeLessThan(COUNTS_FROM_S);
      else expect(atlas).toBeLessThanOrEqual(0.5 * reactive);
    },
  );

  test('where only a second bundle bears more, which waits in reserve, a sudden surge costs no more than it', async () => {
    const { atlas, reactive } = await missedOf({ trace: 'sudden', capacity: BUNDLES });
    expect(atlas).toBeLessThanOrEqual(reactive);
  });
});

test('a sale that only begins is not taken for over', async () => {
  const capacity = { ...SERVICES, tight2: 500 };
  const { moves } = await replay({ trace: 'flash-sale', controller: 'atlas', capacity });
  expect(moves.map(({ reason }) => reason.split(':', 1)[0])).toEqual(['rise', 'fall']);
});

test('a shop that bears less than was measured, and answers late because of it, is helped within seconds', async () => {
  const { moves } = await replay({ trace: 'sudden', controller: 'atlas', capacity: SERVICES, bears: LESS });
  const [first] = moves;
  expect(first?.to.placements).toEqual({ cart: 'service', catalog: 'service' });
  expect(first?.atS).toBeLessThan(20 + 5);
  expect(first?.reason).toMatch(/^overload: .* are borne of 400 requests\/s that were measured$/);
});
