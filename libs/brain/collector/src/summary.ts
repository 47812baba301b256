/** One second, or the mean of one minute, of the whole shop: what is stored and shown. */
import type { Gauges } from './reading.ts';
import {
  addOperation,
  addRates,
  NO_OPERATION,
  NO_RATES,
  quantileMs,
  totalOf,
  type OperationRates,
  type Rates,
} from './rates.ts';
import type { Flaw } from './delta.ts';
import type { HostWork } from './host-work.ts';

/** What one host did. */
export interface HostLook {
  readonly instance: string;
  /** Folder name of its app: the bundle's, or its module. */
  readonly app: string;
  readonly rates: Rates;
  readonly gauges: Gauges;
  /** Since the look before. */
  readonly work: HostWork;
}

/** What arrived per second, what was answered, and the latency of that in ms; null: there were no answers. */
export interface Answers {
  /** Requests, refused ones too. More than `rps`: the shop is behind. */
  readonly arrivals: number;
  readonly rps: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly clientErrors: number;
  readonly serverErrors: number;
}

export interface HostSummary {
  /** Cores. */
  readonly cpu: number;
  readonly memoryMb: number;
  readonly loopDelayMs: number;
  /** Bytes per second over its sockets and of its disks; null: its system does not tell. */
  readonly receivedBytes: number | null;
  readonly sentBytes: number | null;
  readonly readBytes: number | null;
  readonly writtenBytes: number | null;
}

export interface ModuleSummary extends Answers {
  /** Share of the CPU time of all modules, 0–1. */
  readonly stress: number;
  /** Callers that wait for a database connection. */
  readonly poolQueue: number;
  /** Seconds that it is behind the event log; null: it consumes no events, or nobody pumps them. */
  readonly logLagS: number | null;
}

export interface Summary {
  /** Start of the second or minute, ms since 1970. */
  readonly at: number;
  /** Share of the time in which every bundle was seen, 0–1; at 0 the answers mean nothing. */
  readonly covered: number;
  readonly answers: Answers;
  readonly operations: Readonly<Record<string, Answers>>;
  readonly modules: Readonly<Record<string, ModuleSummary>>;
  readonly hosts: Readonly<Record<string, HostSummary>>;
  readonly flaws: readonly { readonly instance: string; readonly flaw: Flaw }[];
}

/** The edge's own addresses (probes, the page) belong to no module. */
const moduleOf = (operation: string): string => operation.split('.', 1)[0] ?? operation;

const round = (value: number): number => Number(value.toPrecision(4));
const rounded = (value: number | null): number | null => (value === null ? null : round(value));

const answersOf = (rates: OperationRates): Answers => ({
  arrivals: round(rates.arrivals),
  rps: round(rates.requests),
  p50: rounded(quantileMs(rates, 0.5)),
  p95: rounded(quantileMs(rates, 0.95)),
  p99: rounded(quantileMs(rates, 0.99)),
  clientErrors: round(rates.clientErrors),
  serverErrors: round(rates.serverErrors),
});

/**
 * CPU of each module, cores: a service's is its module's; a bundle's goes to the modules by the time that its answers
 * of their operations took, which is an estimate.
 */
function moduleCpu(looks: readonly HostLook[], modules: readonly string[]): Record<string, number> {
  const cpu: Record<string, number> = Object.fromEntries(modules.map((module) => [module, 0]));
  const add = (module: string, cores: number): void => void (cpu[module] = (cpu[module] ?? 0) + cores);
  for (const { app, rates } of looks) {
    if (modules.includes(app)) add(app, rates.cpu);
    else {
      const own = Object.entries(rates.operations).filter(([name]) => modules.includes(moduleOf(name)));
      const all = own.reduce((sum, [, { time }]) => sum + time, 0);
      for (const [name, { time }] of own) if (all > 0) add(moduleOf(name), (rates.cpu * time) / all);
    }
  }
  return cpu;
}

function lagOf(looks: readonly HostLook[], module: string): number | null {
  const told = looks.flatMap(({ gauges }) => gauges.logLagS[module] ?? []);
  return told.length > 0 ? round(Math.max(...told)) : null;
}

function modulesOf(looks: readonly HostLook[], total: Rates, modules: readonly string[]): Summary['modules'] {
  const cpu = moduleCpu(looks, modules);
  const all = Object.values(cpu).reduce((sum, cores) => sum + cores, 0);
  return Object.fromEntries(
    modules.map((module) => {
      const own = Object.entries(total.operations).filter(([name]) => moduleOf(name) === module);
      const rates = own.reduce((sum, [, each]) => addOperation(sum, each), NO_OPERATION);
      const poolQueue = looks.reduce((sum, { gauges }) => sum + (gauges.waiting[module] ?? 0), 0);
      const stress = all > 0 ? round((cpu[module] ?? 0) / all) : 0;
      return [module, { ...answersOf(rates), stress, poolQueue, logLagS: lagOf(looks, module) }];
    }),
  );
}

function hostOf({ rates: { cpu, io }, gauges }: HostLook): HostSummary {
  return {
    cpu: round(cpu),
    memoryMb: round(gauges.residentBytes / 2 ** 20),
    loopDelayMs: round(gauges.loopDelayS * 1_000),
    receivedBytes: rounded(io.received ?? null),
    sentBytes: rounded(io.sent ?? null),
    readBytes: rounded(io.read ?? null),
    writtenBytes: rounded(io.written ?? null),
  };
}

/** The edge's operation that is no traffic. */
const PROBES = 'edge.probe';

/** Without probes of the edge, a collector's own among them: they are no traffic. */
export function trafficOf({ operations, ...rates }: Rates): Rates {
  const { [PROBES]: _probes, ...traffic } = operations;
  return { ...rates, operations: traffic };
}

export interface SummaryParts {
  readonly at: number;
  readonly covered: number;
  readonly looks: readonly HostLook[];
  /** Every module of the shop. */
  readonly modules: readonly string[];
  readonly flaws: Summary['flaws'];
}

export function summaryOf({ at, covered, looks, modules, flaws }: SummaryParts): Summary {
  const total = trafficOf(looks.reduce((rates, look) => addRates(rates, look.rates), NO_RATES));
  return {
    at,
    covered,
    answers: answersOf(totalOf(total)),
    operations: Object.fromEntries(
      Object.entries(total.operations).map(([name, each]) => [name, answersOf(each)]),
    ),
    modules: modulesOf(looks, total, modules),
    hosts: Object.fromEntries(looks.map((look) => [look.instance, hostOf(look)])),
    flaws,
  };
}
