import { Forecaster, type Forecast } from '@atlas/brain-forecast';
import { expect, test } from 'vitest';
import { planOf } from './closed-loop.ts';

const CAPACITY = { tight: 400, tight2: 760, hybrid: 620, loose: 1_000 };
/** The rise before the kick-off begins, in minutes of the replay; nothing in the eight days before is like it. */
const RISE = 31;

/** Share of a match day's minutes that are in the 80 % band, of those told at minutes that count. */
async function heldShare(horizonMin: number, counts: (toldAt: number) => boolean): Promise<number> {
  const { history, rates, startMs } = await planOf({ trace: 'matchday', capacity: CAPACITY });
  const forecaster = new Forecaster();
  for (const { minute, rps } of history) forecaster.push(minute, rps ?? undefined);
  const told: (Forecast | undefined)[] = [];
  const held: boolean[] = [];
  rates.forEach((rate, at) => {
    const { low = 0, high = 0 } = told[at - horizonMin]?.band80 ?? {};
    if (at >= horizonMin && counts(at - horizonMin)) held.push(rate >= low && rate <= high);
    forecaster.push(startMs / 60_000 + at, rate);
    told.push(forecaster.forecast().find((each) => each.horizonMin === horizonMin));
  });
  return held.filter(Boolean).length / held.length;
}

test('bands that are told after a surge was seen hold what is promised an hour ahead; before it nobody could', async () => {
  expect(await heldShare(60, (at) => at >= RISE)).toBeGreaterThan(0.8);
  expect(await heldShare(60, () => true)).toBeGreaterThan(0.65);
  expect(await heldShare(5, () => true)).toBeGreaterThan(0.65);
});
