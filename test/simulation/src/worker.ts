/** One worker of the simulation: runs the schedules it is given, one after another, and tells what came of them. */
import { parentPort } from 'node:worker_threads';
import { minimise } from './minimise.ts';
import { PLANTED } from './plants.ts';
import { onVirtualTime, runSchedule } from './run.ts';
import { drawSchedule, type Schedule } from './schedule.ts';
import { NOTHING, plus, type Totals } from './totals.ts';
import type { Invariant, Violation } from './violation.ts';

/** Run these, in this order; with the planted bug, until it is found. */
export interface Task {
  readonly schedules: readonly Schedule[] | { readonly from: number; readonly count: number };
  readonly planted: Invariant | null;
}

export interface Found {
  readonly violation: Violation;
  readonly schedule: Schedule;
  /** Still breaks the same invariant. */
  readonly smallest: Schedule;
  /** How many of the task's schedules were run, this one included. */
  readonly after: number;
}

export interface Done {
  readonly totals: Totals;
  readonly found: readonly Found[];
}

async function perform({ schedules, planted }: Task): Promise<Done> {
  const makePlant = PLANTED.find(({ invariant }) => invariant === planted)?.make ?? (() => ({}));
  const found: Found[] = [];
  let totals = NOTHING;
  const all = 'from' in schedules ? drawn(schedules) : schedules;
  let after = 0;
  for (const schedule of all) {
    after += 1;
    const outcome = await runSchedule(schedule, makePlant());
    totals = plus(totals, outcome);
    const { violation } = outcome;
    if (violation === undefined || (planted !== null && violation.invariant !== planted)) continue;
    found.push({
      violation,
      schedule,
      after,
      smallest: await minimise(schedule, violation.invariant, makePlant),
    });
    if (planted !== null) break;
  }
  return { totals, found };
}

function* drawn({ from, count }: { readonly from: number; readonly count: number }): Generator<Schedule> {
  for (let seed = from; seed < from + count; seed += 1) yield drawSchedule(seed);
}

const port = parentPort;
if (port !== null) {
  await onVirtualTime(
    () =>
      new Promise<void>((resolve) => {
        port.on('message', (task: Task | 'end') => {
          if (task === 'end') resolve();
          else void perform(task).then((done) => port.postMessage(done));
        });
      }),
  );
  port.close();
}
