/** Makes a failing schedule small: whatever can be left out while it still breaks the same invariant is left out. */
import type { Plant } from './plants.ts';
import { runSchedule } from './run.ts';
import type { Schedule } from './schedule.ts';
import type { Invariant } from './violation.ts';

type Change = (schedule: Schedule) => Schedule;

const without =
  (list: 'faults' | 'switches' | 'warmings', at: number): Change =>
  (schedule) => ({ ...schedule, [list]: (schedule[list] ?? []).filter((_, index) => index !== at) });

/** Every way to make it a bit smaller, the boldest first. */
function changesOf(schedule: Schedule): Change[] {
  const { faults, switches, warmings = [], roots, hints, weather, defect } = schedule;
  return [
    ...faults.map((_, at) => without('faults', at)),
    ...switches.map((_, at) => without('switches', at)),
    ...warmings.map((_, at) => without('warmings', at)),
    ...(defect === undefined ? [] : [({ defect: _, ...from }: Schedule): Schedule => from]),
    ...(weather === 'calm' ? [] : [(from: Schedule): Schedule => ({ ...from, weather: 'calm' })]),
    ...(hints.lost + hints.doubled === 0
      ? []
      : [(from: Schedule): Schedule => ({ ...from, hints: { lost: 0, doubled: 0 } })]),
    ...(roots === 0
      ? []
      : [0, Math.floor(roots / 2), roots - 1].map((to) => (from: Schedule) => ({ ...from, roots: to }))),
  ];
}

/** @param makePlant the planted bug it was found with, fresh for each run. */
export async function minimise(
  schedule: Schedule,
  invariant: Invariant,
  makePlant: () => Plant = () => ({}),
): Promise<Schedule> {
  let smallest = schedule;
  for (let smaller = true; smaller;) {
    smaller = false;
    for (const change of changesOf(smallest)) {
      const candidate = change(smallest);
      const { violation } = await runSchedule(candidate, makePlant());
      if (violation?.invariant !== invariant) continue;
      smallest = candidate;
      smaller = true;
      break;
    }
  }
  return smallest;
}
