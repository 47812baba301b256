/** A committed trace under a controller, as in a replay: the brain's real loop, and the modelled shop instead of processes. */
import { atSpeed, decide, measuredPolicy, reactive, type Capacity } from '@atlas/brain-decision';
import { forecastAdvisor } from '@atlas/brain-advisors';
import type { StoredMinute } from '@atlas/brain-collector';
import type { Sale } from '@atlas/brain-forecast';
import { loadGuardrails } from '@atlas/brain-guardrails';
import type { Layout } from '@atlas/control-layout';
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { traceTime } from '../src/clocks.ts';
import { DEFAULT_LIMITS } from '../src/inputs/limits.ts';
import { Council } from '../src/watch/council.ts';
import { guardOf } from '../src/watch/guard.ts';
import { Mind } from '../src/watch/mind.ts';
import { Watch } from '../src/watch/watch.ts';
import { ModelledSwitcher, type Mishap, type Move } from './modelled-switcher.ts';
import { Plant } from './plant.ts';
import { MemoryBrainStore, MODULES, TIGHT } from './scene.ts';

export type ControllerName = 'atlas' | 'reactive';

export interface Run {
  readonly controller: ControllerName;
  readonly capacity: Capacity;
  /** What the shop truly bears of what was measured; 1 by default. */
  readonly bears?: number;
  /** Real seconds from the beginning of the trace. */
  readonly mishaps?: readonly Mishap[];
}

/** A run of a committed trace. */
export interface Traced extends Run {
  readonly trace: string;
}

/** What is replayed, and the past of it, scaled to the shop. */
export interface Plan {
  readonly startMs: number;
  readonly speed: number;
  /** Requests per second in each real second. */
  readonly rates: readonly number[];
  readonly history: readonly StoredMinute[];
  readonly sales: readonly Sale[];
}

/** What came of it; times in seconds from the beginning of the trace. */
export interface Replayed {
  /** Seconds in which the intent was missed. */
  readonly missed: readonly number[];
  readonly moves: readonly Move[];
  readonly aborted: readonly Move[];
  readonly reverted: readonly Move[];
  /** In force in the end. */
  readonly layout: Layout;
}

interface Minute {
  readonly minute: number;
  readonly rps: number;
}

interface Scenario {
  readonly traffic: {
    readonly trace: string;
    readonly from: string;
    readonly to: string;
    readonly historyFrom: string;
    readonly speed: number;
    readonly sales?: readonly { readonly from: string; readonly minutes: number; readonly times: number }[];
  };
}

const MINUTE_MS = 60_000;
const INTENT_P99_MS = 100;
const REAL_START_MS = 1_800_000_000_000;
const LOAD = new URL('../../../load/', import.meta.url);

async function minutesOf(file: string): Promise<Minute[]> {
  const csv = gunzipSync(await readFile(new URL(`traces/${file}`, LOAD))).toString('utf8');
  return csv
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((row) => row.split(','))
    .map(([at = '', rps]) => ({ minute: Date.parse(at) / MINUTE_MS, rps: Number(rps) }));
}

/** As a replay chooses it: more than one bundle bears, less than the best static shape does. */
const peakOf = (capacity: Capacity): number =>
  Math.min(1.3 * capacity.tight, 0.85 * Math.max(...Object.values(capacity)));

/** Arrivals of a second are as uneven as those of a Poisson process, the same at each run. */
export function uneven(rates: readonly number[]): number[] {
  let seed = 1;
  const drawn = (): number => (seed = (seed * 48_271) % 0x7fffffff) / 0x7fffffff;
  const normal = (): number => Array.from({ length: 12 }, drawn).reduce((sum, each) => sum + each, -6);
  return rates.map((rate) => Math.max(0, rate + Math.sqrt(rate) * normal()));
}

/** Of a committed trace. */
export async function planOf({ trace, capacity }: Pick<Traced, 'trace' | 'capacity'>): Promise<Plan> {
  const text = await readFile(new URL(`scenarios/${trace}.json`, LOAD), 'utf8');
  const { traffic } = JSON.parse(text) as Scenario;
  const all = await minutesOf(traffic.trace);
  const [from, to, past] = [traffic.from, traffic.to, traffic.historyFrom].map(
    (at) => Date.parse(at) / MINUTE_MS,
  );
  const between = (begin = 0, end = 0): Minute[] =>
    all.filter(({ minute }) => minute >= begin && minute < end);
  const own = between(from, to);
  const by = peakOf(capacity) / Math.max(...own.map(({ rps }) => rps));
  const sales = (traffic.sales ?? []).map(({ from: begins, minutes, times }) => ({
    ...{ fromMin: Date.parse(begins) / MINUTE_MS, lengthMin: minutes, times },
  }));
  const before = between(past, from);
  const seen = uneven(before.map(({ rps }) => rps * by));
  const history = before.map(({ minute }, i) => ({ minute, rps: seen[i] ?? 0, modules: {} }));
  const secondsOfRow = 60 / traffic.speed;
  const rates = uneven(own.flatMap(({ rps }) => Array.from({ length: secondsOfRow }, () => rps * by)));
  return { startMs: Date.parse(traffic.from), speed: traffic.speed, rates, history, sales };
}

const guardrails = readFile(new URL('../../../infra/policies/guardrails.wasm', import.meta.url)).then(
  (wasm) => loadGuardrails(new Uint8Array(wasm)),
);

function truly({ capacity: { tight, tight2, hybrid, loose }, bears = 1 }: Run): Capacity {
  return { tight: tight * bears, tight2: tight2 * bears, hybrid: hybrid * bears, loose: loose * bears };
}

/** Seconds of a warm-up before the trace begins, with its first rate. */
const BEFORE_S = 3;

/** A committed trace; deterministic. */
export const replay = async (run: Traced): Promise<Replayed> => play(run, await planOf(run));

/** One run of any plan; deterministic. */
export async function play(run: Run, plan: Plan): Promise<Replayed> {
  const { startMs, speed, history, sales } = plan;
  const now = { wallMs: REAL_START_MS - BEFORE_S * 1_000, steadyMs: 0 };
  const clocks = { wallMs: () => now.wallMs, steadyMs: () => now.steadyMs };
  const policy = { name: 'measured', rules: atSpeed(measuredPolicy(run.capacity), speed) };
  const { coolDownMs } = policy.rules;
  const known = () => undefined;
  const controller = run.controller === 'atlas' ? decide : reactive;
  const mind = new Mind({ modules: MODULES, policy, controller, intentP99Ms: INTENT_P99_MS, speed });
  mind.memory.know(sales);
  await mind.memory.recall([history]);
  const advisors = run.controller === 'atlas' ? [forecastAdvisor] : [];
  const autonomy = { level: 4, effective: 4, heldUntil: null, frozen: null };
  const rates = [...Array.from({ length: BEFORE_S }, () => plan.rates[0] ?? 0), ...plan.rates];
  const mishaps = (run.mishaps ?? []).map(({ fromS, toS, ...rest }) => ({
    ...rest,
    ...{ fromS: fromS + BEFORE_S, toS: toS + BEFORE_S },
  }));
  const switcher = new ModelledSwitcher({ shape: { ...TIGHT, autonomy }, nowMs: clocks.wallMs, mishaps });
  const plant = new Plant({ capacity: truly(run), intentP99Ms: INTENT_P99_MS, rates, switcher });
  const store = new MemoryBrainStore();
  store.clock = clocks.wallMs;
  const watch = new Watch({
    ...{ bundle: 'shop', modules: MODULES, clocks, mind, coolDownMs, patienceMs: 0 },
    eyes: {
      targets: () =>
        Promise.resolve([{ instance: 'shop-0', app: 'shop', process: '1', metricsUrl: 'http://shop' }]),
      metrics: () => plant.metrics(),
      shape: () => Promise.resolve(switcher.shape),
      plan: () => Promise.reject(new Error('nobody asks')),
    },
    voice: switcher,
    council: new Council({ advisors, known, policy: policy.rules }),
    guard: guardOf({ guardrails: await guardrails, limits: DEFAULT_LIMITS, known }),
    store,
    time: traceTime(startMs, REAL_START_MS, speed),
    log: { warn: () => undefined, info: () => undefined },
  });
  for (let second = 0; second < rates.length; second += 1) {
    plant.second();
    now.wallMs += 1_000;
    now.steadyMs += 1_000;
    await watch.look();
  }
  await watch.stop();
  const inTrace = (moves: readonly Move[]): Move[] =>
    moves.map(({ atS, beganS, ...move }) => ({ ...move, atS: atS - BEFORE_S, beganS: beganS - BEFORE_S }));
  return {
    missed: plant.missed.map((second) => second - BEFORE_S),
    ...{ moves: inTrace(switcher.moves), aborted: inTrace(switcher.aborted) },
    ...{ reverted: inTrace(switcher.reverted), layout: switcher.shape.layout },
  };
}
