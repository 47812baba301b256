/**
 * From two scrapes of one process to what happened per second between them.
 *
 * D2  Time between scrapes is taken from a steady clock: a jump of the wall clock changes no rate.
 * D3  A process is known by pid and start time. The first scrape of one says nothing yet: rates need two.
 * D4  A counter that fell, or a CPU clock that stood still, means that an old answer came again: nothing of it is taken.
 * D5  A series that is new counts from zero; one that is gone (of a former epoch) counts no more.
 * D6  More than a machine can do, or a text with a line that is wrong, is not believed at all: a part of it would look
 *     like less load.
 * D7  What is older than 5 s says nothing of now.
 * D8  What is refused blinds nobody for long: after 5 s the next good scrape is a new beginning. One that D4 would have
 *     refused is on trial: what follows it may be the growth since long ago, so that is a beginning once more.
 */
import { workOf, type HostWork } from './host-work.ts';
import { nothing, type Counted, type Gauges, type Reading } from './reading.ts';
import { NO_OPERATION, type IoKind, type OperationRates, type Rates } from './rates.ts';

export interface Taken {
  /** Pid and start time, or whatever else tells one process from its successor. */
  readonly process: string;
  /** On a steady clock, ms. */
  readonly steadyMs: number;
  readonly reading: Reading;
  /** How long ago that was, ms, when it was not just now. */
  readonly ageMs?: number;
  /** D8. */
  readonly onTrial?: boolean;
}

/** Why a scrape, or a part of it, was not taken. */
export type Flaw =
  'missing' | 'unreadable' | 'first' | 'replayed' | 'late' | 'absurd' | 'clock-jump' | 'no-bundle';

export type Delta =
  | { readonly kind: 'rates'; readonly rates: Rates; readonly gauges: Gauges; readonly work: HostWork }
  /** Nothing to compare with: the next scrape is compared with this one. */
  | { readonly kind: 'begun'; readonly flaw: Flaw; readonly onTrial: boolean }
  /** Not taken: the next scrape is compared with the one before. */
  | { readonly kind: 'refused'; readonly flaw: Flaw };

/** Longest time between two scrapes, and since one, that still says something about now, ms. */
const LATEST_MS = 5_000;
/** Two scrapes nearer than this are one, ms. */
const NEAREST_MS = 50;
/** D6: requests that a core can take and answer in a second, at the very most, and what is let pass beside them (coarse CPU clocks). */
const ANSWERS_PER_CORE = 100_000;
const SLACK = 500;
/**
 * D6. Cores of one process, requests per second, bytes, bytes per second, seconds that a host which answers may stand
 * still, callers that wait, seconds behind the log (ten years); each operation is stored each second by its name,
 * and each that is called is an unknown of the costs.
 */
const MOST = {
  ...{ cpu: 1_024, requests: 1e6, residentBytes: 2 ** 44, io: 2 ** 40 },
  ...{ loopDelayS: 3_600, waiting: 1e5, logLagS: 3.2e8 },
  ...{ operations: 500, name: 100 },
};

const refused = (flaw: Flaw): Delta => ({ kind: 'refused', flaw });
const begun = (flaw: Flaw, onTrial = false): Delta => ({ kind: 'begun', flaw, onTrial });

/** Undefined when a counter fell (D4). */
function growth(before: Reading, after: Reading): { counted: Counted; by: number }[] | undefined {
  const grown: { counted: Counted; by: number }[] = [];
  for (const [series, { counted, value }] of after.counters) {
    const by = value - (before.counters.get(series)?.value ?? 0);
    if (by < 0) return undefined;
    grown.push({ counted, by });
  }
  return grown;
}

interface OperationSum extends Omit<OperationRates, 'upTo'> {
  upTo: Record<string, number>;
}
type Writable<T> = { -readonly [K in keyof T]: T[K] };
type OfOperation = Exclude<Counted, { what: 'cpu' | 'io' | 'calls' }>;

function take(into: Writable<OperationSum>, counted: OfOperation, rate: number): void {
  if (counted.what === 'time') into.time += rate;
  else if (counted.what === 'arrivals') into.arrivals += rate;
  else if (counted.what === 'up-to') into.upTo[counted.le] = (into.upTo[counted.le] ?? 0) + rate;
  else {
    into.requests += rate;
    if (counted.status >= 400 && counted.status < 500) into.clientErrors += rate;
    if (counted.status >= 500) into.serverErrors += rate;
  }
}

function ratesOf(grown: readonly { counted: Counted; by: number }[], seconds: number): Rates {
  const operations = nothing<Writable<OperationSum>>();
  const io: Partial<Record<IoKind, number>> = {};
  let cpu = 0;
  for (const { counted, by } of grown) {
    if (counted.what === 'cpu') cpu += by / seconds;
    else if (counted.what === 'io') io[counted.kind] = by / seconds;
    else if (counted.what !== 'calls')
      take((operations[counted.operation] ??= { ...NO_OPERATION, upTo: nothing() }), counted, by / seconds);
  }
  return { cpu, io, operations };
}

/** Postgres stores no text with a NUL. */
const isName = (name: string): boolean => name.length <= MOST.name && !name.includes('\0');

/** D6. */
function areBelievable({ residentBytes, loopDelayS, waiting, logLagS }: Gauges): boolean {
  return (
    residentBytes <= MOST.residentBytes &&
    loopDelayS <= MOST.loopDelayS &&
    Object.values(waiting).every((callers) => callers <= MOST.waiting) &&
    Object.values(logLagS).every((seconds) => seconds <= MOST.logLagS)
  );
}

/** D6. */
function believable({ cpu, io, operations }: Rates, gauges: Gauges, { calls }: HostWork): boolean {
  const all = Object.values(operations).reduce(
    (sum, { arrivals, requests }) => sum + Math.max(arrivals, requests),
    0,
  );
  // No more were timed than were answered.
  const timed = Object.values(operations).every(({ requests, upTo }) =>
    Object.values(upTo).every((answers) => answers <= 1.01 * requests + 1),
  );
  const most = Math.min(MOST.requests, cpu * ANSWERS_PER_CORE + SLACK);
  const atOnce = Object.values(operations).every(({ time }) => time <= MOST.requests);
  const bytes = Object.values(io).every((each) => each <= MOST.io);
  const called = new Set(calls.map(({ module, operation }) => `${module}.${operation}`));
  const named = [Object.keys(operations), [...called]].every(
    (names) => names.length <= MOST.operations && names.every(isName),
  );
  return cpu <= MOST.cpu && all <= most && bytes && named && timed && atOnce && areBelievable(gauges);
}

const cpuOf = ({ counters }: Reading): number | undefined =>
  [...counters.values()].find(({ counted }) => counted.what === 'cpu')?.value;

/** @param before the last scrape of this instance that was not refused; undefined when there is none */
export function deltaOf(before: Taken | undefined, after: Taken): Delta {
  const { gauges, bad } = after.reading;
  const cpu = cpuOf(after.reading);
  if (cpu === undefined) return refused('unreadable');
  if (bad > 0) return refused('absurd');
  if (!((after.ageMs ?? 0) <= LATEST_MS)) return refused('late'); // D7
  if (before === undefined || before.process !== after.process) return begun('first');
  const elapsedMs = after.steadyMs - before.steadyMs;
  const grown = growth(before.reading, after.reading);
  const old = grown === undefined || cpu === cpuOf(before.reading);
  // Backwards: the clock of a Prometheus was set, for the scrape itself is not old (D7).
  if (Math.abs(elapsedMs) > LATEST_MS) return begun('late', old);
  if (elapsedMs < NEAREST_MS || old) return refused('replayed');
  if (before.onTrial) return begun('late'); // D8
  const [rates, work] = [ratesOf(grown, elapsedMs / 1_000), workOf(grown, elapsedMs / 1_000)];
  if (!believable(rates, gauges, work)) return refused('absurd');
  return { kind: 'rates', rates, gauges, work };
}
