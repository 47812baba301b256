/**
 * What a long run does to the processes that live through it: memory, open descriptors, database connections and
 * throughput, at its begin and at its end.
 *
 * Y1  The begin is the second tenth of the time (the first is warm-up), the end the last; of each the median.
 * Y2  Only processes that were seen in both count for memory and descriptors.
 * Y3  Throughput is compared between whole passes of the traffic, whose requests are the same each time.
 */
import { readdir } from 'node:fs/promises';
import { readRunFile } from '@atlas/platform-stack';
import { listProcesses, memoryMb, ownersOf } from './process-usage.ts';
import type { Report } from './report-schema.ts';
import { median } from './usage-meter.ts';

export type Wear = NonNullable<Report['wear']>;

export interface WearLook {
  /** Since the begin of the load, ms. */
  readonly atMs: number;
  /** So far: only what comes between two looks counts. */
  readonly requests: number;
  /** Instance and start → what it holds; descriptors are null where they cannot be counted. */
  readonly processes: Readonly<
    Record<string, { readonly memoryMb: number; readonly descriptors: number | null }>
  >;
  readonly connections: number;
}

/** Growth and drift beyond this are troubles (a long run's limits). */
const MOST = 0.05;
/** Handles and connections may differ by a few that are just open. */
const SLACK = 10;
/** Share of a pass that has to lie between two looks: of one that was seen in part the requests are others (Y3). */
const WHOLE = 0.8;
/** Shorter runs have not left their warm-up: their wear is reported, not judged. */
const JUDGED_FROM_MS = 30 * 60_000;

const growth = (begin: number, end: number): number => (begin === 0 ? 0 : (end - begin) / begin);

const rounded = (value: number): number => Number(value.toFixed(4));

/** Requests per second of the first whole pass after the warm-up, and of the last whole one (Y3). */
function throughput(looks: readonly WearLook[], passMs: number): Wear['throughput'] {
  const passes = new Map<number, { first: WearLook; last: WearLook }>();
  for (const look of looks) {
    const pass = Math.floor(look.atMs / passMs);
    passes.set(pass, { first: passes.get(pass)?.first ?? look, last: look });
  }
  const rates = [...passes]
    .sort(([a], [b]) => a - b)
    .slice(1, -1)
    .filter(([, { first, last }]) => last.atMs - first.atMs >= WHOLE * passMs)
    .map(([, { first, last }]) => ((last.requests - first.requests) / (last.atMs - first.atMs)) * 1_000);
  const [begin, end] = [rates[0], rates.at(-1)];
  if (begin === undefined || end === undefined || rates.length < 2) return null;
  return { beginRps: rounded(begin), endRps: rounded(end), drift: rounded(growth(begin, end)) };
}

/** From looks in the order of time; undefined when there are too few. */
export function wearOf(looks: readonly WearLook[], passMs: number): Wear | undefined {
  const length = looks.at(-1)?.atMs ?? 0;
  const part = (from: number, to: number): WearLook[] =>
    looks.filter(({ atMs }) => atMs >= from * length && atMs <= to * length);
  const [begin, end] = [part(0.1, 0.2), part(0.9, 1)];
  if (begin.length === 0 || end.length === 0) return undefined;
  const names = Object.keys(begin[0]?.processes ?? {}).filter((name) =>
    [...begin, ...end].every(({ processes }) => processes[name] !== undefined),
  );
  const of = (some: readonly WearLook[], name: string, what: 'memoryMb' | 'descriptors'): number =>
    median(some.flatMap(({ processes }) => processes[name]?.[what] ?? [])) ?? 0;
  const processes = names.map((name) => ({
    instance: name.split(' ')[0] ?? name,
    beginMb: rounded(of(begin, name, 'memoryMb')),
    endMb: rounded(of(end, name, 'memoryMb')),
    beginDescriptors: of(begin, name, 'descriptors'),
    endDescriptors: of(end, name, 'descriptors'),
  }));
  const sum = (key: 'beginMb' | 'endMb'): number => processes.reduce((all, row) => all + row[key], 0);
  return {
    minutes: rounded(length / 60_000),
    processes,
    memoryGrowth: rounded(growth(sum('beginMb'), sum('endMb'))),
    connections: {
      begin: median(begin.map(({ connections }) => connections)) ?? 0,
      end: median(end.map(({ connections }) => connections)) ?? 0,
    },
    throughput: throughput(looks, passMs),
  };
}

/** What a long run must not do; empty for a short one. */
export function wearTroubles(wear: Wear): string[] {
  if (wear.minutes * 60_000 < JUDGED_FROM_MS) return [];
  const { memoryGrowth, connections, throughput: rate, processes } = wear;
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const leaking = processes.filter(
    ({ beginDescriptors, endDescriptors }) => endDescriptors > beginDescriptors * (1 + MOST) + SLACK,
  );
  return [
    // What was not seen has not grown.
    ...(processes.length === 0 ? ['no process was seen all the time'] : []),
    ...(connections.end === 0 ? ['no database connection was seen at the end'] : []),
    ...(rate === null ? ['no two passes of the traffic were seen as a whole'] : []),
    ...(memoryGrowth > MOST ? [`memory grew by ${percent(memoryGrowth)}`] : []),
    ...(rate && Math.abs(rate.drift) > MOST ? [`throughput drifted by ${percent(rate.drift)}`] : []),
    ...(connections.end > connections.begin * (1 + MOST) + SLACK
      ? [`database connections grew from ${connections.begin} to ${connections.end}`]
      : []),
    ...leaking.map(
      ({ instance, beginDescriptors, endDescriptors }) =>
        `descriptors of ${instance} grew from ${beginDescriptors} to ${endDescriptors}`,
    ),
  ];
}

async function descriptorsOf(pid: number): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  return (await readdir(`/proc/${pid}/fd`).catch(() => [])).length;
}

/** Takes the looks of one run; only numbers are kept. */
export class WearWatch {
  readonly #home: string;
  readonly #looks: WearLook[] = [];
  #busy = false;

  constructor(home: string) {
    this.#home = home;
  }

  get looks(): readonly WearLook[] {
    return this.#looks;
  }

  /** Looks that overlap, or that the system refuses, are left out. `driver`: pid of the load, which does not count. */
  async look(moment: Pick<WearLook, 'atMs' | 'requests'>, driver: number): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      this.#looks.push({ ...moment, ...(await this.#processes(driver)) });
    } catch {
      // As in `UsageMeter.look`.
    } finally {
      this.#busy = false;
    }
  }

  async #processes(driver: number): Promise<Pick<WearLook, 'processes' | 'connections'>> {
    const rows = (await readRunFile(this.#home).catch(() => undefined))?.processes ?? [];
    const named = new Map(rows.map(({ instance, pid, startTime }) => [pid, `${instance} ${startTime}`]));
    const owners = ownersOf(await listProcesses(), new Map([...named, [driver, 'load']]));
    const processes: Record<string, { memoryMb: number; descriptors: number | null }> = {};
    for (const [pid, name] of named)
      processes[name] = {
        memoryMb: await memoryMb(owners.get(name) ?? []),
        descriptors: await descriptorsOf(pid),
      };
    const postgres = rows.find(({ app }) => app === 'postgres');
    const family = postgres && owners.get(named.get(postgres.pid) ?? '');
    return { processes, connections: family?.length ?? 0 };
  }
}
