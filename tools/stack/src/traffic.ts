/** Traffic in the time of a trace: rates for this machine, the past that the brain is given, and when all of it begins. */
import { importPast, type ImportedMinute } from '@atlas/brain-collector';
import { parseCapacity, type Capacity, type MeasuredCapacity } from '@atlas/brain-decision';
import type { Sale } from '@atlas/brain-forecast';
import {
  readMinutes,
  seenPast,
  type LoadConfig,
  type ScenarioTraffic,
  type TraceMinute,
  type TraceWindow,
} from '@atlas/load';
import { BOOST_MS, repositoryRoot, StackError } from '@atlas/platform-stack';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { UsageError } from './options.ts';

/** A run is judged by the intent that its rates were measured within. */
export type JudgedCapacity = MeasuredCapacity & { readonly intentP99Ms: number };

export interface TrafficPlan {
  readonly capacity: JudgedCapacity;
  readonly capacityFile: string;
  readonly peakRps: number;
  readonly speed: number;
  /** What will be asked for, minute by minute. */
  readonly minutes: readonly TraceMinute[];
  readonly history: readonly ImportedMinute[];
  /** In the brain's calendar. */
  readonly sales: readonly Sale[];
  readonly load: Partial<LoadConfig>;
}

/** The peak is more than one bundle bears, and less than the best static shape does. */
const [TIMES_TIGHT, SHARE_OF_BEST] = [1.3, 0.85];

/** Highest rate of the scaled trace, requests per second. */
export const peakOf = ({ tight, tight2, hybrid, loose }: Capacity): number =>
  Math.round(Math.min(TIMES_TIGHT * tight, SHARE_OF_BEST * Math.max(tight, tight2, hybrid, loose)));

/**
 * Closed-loop load before the start, s: a shop that has just started gets faster by the second. Under a limit it lasts
 * until after the boost: for what is not compiled by then the quota is too small for minutes.
 */
const WARM_UP_S = 5;
const LIMITED_WARM_UP_S = BOOST_MS / 1_000 + 2;
/** The brain resumes and the load driver looks at the shelves meanwhile. */
const LEAD_S = 4;

const unfit = (file: string, problem: string): StackError =>
  new StackError(`${file}: ${problem} (\`npm run capacity\` measures it anew)`);

function judged(file: string, text: string): JudgedCapacity {
  const parsed = parseCapacity(text);
  if (!parsed.ok) throw unfit(file, parsed.problem);
  const { intentP99Ms } = parsed.value;
  if (intentP99Ms === undefined) throw unfit(file, 'capacity: intentP99Ms: it is missing');
  return { ...parsed.value, intentP99Ms };
}

export interface FoundCapacity {
  readonly file: string;
  readonly capacity: JudgedCapacity;
  /** False: it is the committed default, of another machine. */
  readonly measuredHere: boolean;
}

/**
 * What was measured here (`npm run capacity`), or else the committed default for two cores.
 * @throws StackError in one line that names the file, and what is wrong in it
 */
export async function readCapacity(home: string): Promise<FoundCapacity> {
  const files = [join(home, 'capacity.json'), join(repositoryRoot(), 'load/capacity.json')];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return { file, capacity: judged(file, text), measuredHere: file === files[0] };
  }
  throw new StackError(`no capacity is known: ${files.at(-1)} is not there`);
}

const scaled = (minutes: readonly TraceMinute[], by: number): TraceMinute[] =>
  minutes.map(({ minute, rps }) => ({ minute, rps: rps * by }));

/** @throws UsageError naming the file */
const rowsOf = (window: TraceWindow): Promise<TraceMinute[]> =>
  readMinutes(window).catch((error: unknown) => {
    throw new UsageError(`the scenario's trace: ${error instanceof Error ? error.message : String(error)}`);
  });

/** @throws StackError in one line when a trace or the capacity cannot be read */
export async function planTraffic(
  traffic: ScenarioTraffic,
  { home, speed = traffic.speed }: { readonly home: string; readonly speed?: number | undefined },
): Promise<TrafficPlan> {
  const { file: capacityFile, capacity } = await readCapacity(home);
  const { from, to, historyFrom } = traffic;
  const file = join(repositoryRoot(), 'load/traces', traffic.trace);
  const own = await rowsOf({ file, from, to });
  const peakRps = peakOf(capacity);
  const by = peakRps / Math.max(...own.map(({ rps }) => rps));
  const past = historyFrom === undefined ? [] : await rowsOf({ file, from: historyFrom, to: from });
  const durationS = (own.length * 60) / speed;
  const warmUpS = capacity.hostCpu === undefined ? WARM_UP_S : LIMITED_WARM_UP_S;
  const load = { trace: { file, from, to }, durationS, peakRps, slowCard: false, warmUpS };
  return {
    ...{ capacity, capacityFile, peakRps, speed, load },
    minutes: scaled(own, by),
    history: seenPast(scaled(past, by), speed),
    sales: (traffic.sales ?? []).map(({ from: begins, minutes, times }) => ({
      ...{ fromMin: Math.floor(Date.parse(begins) / 60_000), lengthMin: minutes, times },
    })),
  };
}

/** When the load of a plan begins if all is prepared for it now: a whole second, ms since 1970. */
export const beginOf = (nowMs: number, { load }: Pick<TrafficPlan, 'load'>): number =>
  Math.ceil(nowMs / 1_000 + (load.warmUpS ?? 0) + LEAD_S) * 1_000;

/** What the brain is told of it. */
export const brainSettings = (
  plan: TrafficPlan,
  { beginsAt, decides }: { readonly beginsAt: number; readonly decides: string },
): Record<string, string> => ({
  ATLAS_BRAIN_CONTROLLER: decides,
  ATLAS_BRAIN_TRACE_START: new Date((plan.minutes[0]?.minute ?? 0) * 60_000).toISOString(),
  ATLAS_BRAIN_STARTED_AT: new Date(beginsAt).toISOString(),
  ATLAS_BRAIN_SPEED: String(plan.speed),
  ATLAS_CAPACITY: plan.capacityFile,
});

/** Loads the past into the brain's minutes, and sales into its calendar. @param postgresUrl the superuser's */
export async function importHistory(
  postgresUrl: string,
  { history, sales }: Pick<TrafficPlan, 'history' | 'sales'>,
): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await importPast(client, { minutes: history, sales });
  } finally {
    await client.end();
  }
}
