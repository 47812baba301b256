/** Runs schedules one after another in this process, on virtual time. */
import { handleFaults } from '@atlas/platform-fault';
import type { Plant } from './plants.ts';
import type { Schedule } from './schedule.ts';
import type { Violation } from './violation.ts';
import { inhabit, installVirtualGlobals } from './virtual-globals.ts';
import { World } from './world.ts';

export interface Outcome {
  readonly violation: Violation | undefined;
  readonly switches: number;
  readonly commits: number;
  /** Of the commits, those with which a failed trial was taken back. */
  readonly reverts: number;
  readonly roots: number;
  /** That have happened, of those that were drawn. */
  readonly faults: number;
  readonly steps: number;
  /** How long it took on the virtual clock, ms. */
  readonly virtualMs: number;
}

/** Same schedule, same plant: same outcome. */
export async function runSchedule(schedule: Schedule, plant: Plant = {}): Promise<Outcome> {
  const world = new World(schedule, plant);
  inhabit(world);
  handleFaults((point) => (point.startsWith('store.') ? undefined : world.faults.passed(point)));
  const rejected = (error: unknown): void => world.oracle.defect('unhandled rejection', error);
  process.on('unhandledRejection', rejected);
  try {
    await world.live();
  } catch (error) {
    world.oracle.defect('event', error);
  } finally {
    process.off('unhandledRejection', rejected);
    handleFaults(undefined);
    inhabit(undefined);
  }
  const { oracle, operator, customers, clock } = world;
  return {
    violation: oracle.violation,
    switches: operator.taken,
    commits: oracle.commits,
    reverts: oracle.reverts,
    roots: customers.roots,
    faults: world.faults.struck,
    steps: clock.steps,
    virtualMs: Math.round(clock.now),
  };
}

/** Frames of an error that a violation tells (`Oracle.defect`); expected ones are many, and need none. */
const FRAMES_TOLD = 2;

/** Runs `work` with the process's clocks under the virtual one. */
export async function onVirtualTime<T>(work: () => Promise<T>): Promise<T> {
  const restore = installVirtualGlobals();
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = FRAMES_TOLD;
  try {
    return await work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    restore();
  }
}
