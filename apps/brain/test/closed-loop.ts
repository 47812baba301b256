/** A committed trace under a controller, as in a replay: the brain's real loop, and the modelled shop instead of processes. */
import { atSpeed, decide, measuredPolicy, reactive, type Capacity } from '@atlas/brain-decision';
import { forecastAdvisor } from '@atlas/brain-advisors';
import { loadGuardrails } from '@atlas/brain-guardrails';
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { traceTime } from '../src/clocks.ts';
import { DEFAULT_LIMITS } from '../src/inputs/limits.ts';
import { Council } from '../src/watch/council.ts';
import { guardOf } from '../src/watch/guard.ts';
import { Mind } from '../src/watch/mind.ts';
import { Watch } from '../src/watch/watch.ts';
import { Plant } from './plant.ts';
import { MemoryBrainStore, MODULES, TIGHT } from './scene.ts';

export type ControllerName = 'atlas' | 'reactive';

export interface Run {
  readonly trace: string;
  readonly controller: ControllerName;
  readonly capacity: Capacity;
  /** What the shop truly bears of what was measured; 1 by default. */
  readonly bears?: number;
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
function uneven(rates: readonly number[]): number[] {
  let seed = 1;
  const drawn = (): number => (seed = (seed * 48_271) % 0x7fffffff) / 0x7fffffff;
  const normal = (): number => Array.from({ length: 12 }, drawn).reduce((sum, each) => sum + each, -6);
  return rates.map((rate) => Math.max(0, rate + Math.sqrt(rate) * normal()));
}

/** What is replayed, and the past of it, scaled to the shop. */
async function planOf({ trace, capacity }: Run) {
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
  const history = between(past, from).map(({ minute, rps }) => ({ minute, rps: rps * by, modules: {} }));
  const rates = uneven(own.map(({ rps }) => rps * by));
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

/** Seconds in which the intent was missed and the moves, of one run; deterministic. */
export async function replay(run: Run): Promise<{ missed: readonly number[]; moves: Plant['moves'] }> {
  const { startMs, speed, rates, history, sales } = await planOf(run);
  const now = { wallMs: REAL_START_MS - BEFORE_S * 1_000, steadyMs: 0 };
  const clocks = { wallMs: () => now.wallMs, steadyMs: () => now.steadyMs };
  const policy = { name: 'measured', rules: atSpeed(measuredPolicy(run.capacity), speed) };
  const { coolDownMs } = policy.rules;
  const known = () => undefined;
  const controller = run.controller === 'atlas' ? decide : reactive;
  const mind = new Mind({ modules: MODULES, policy, controller, intentP99Ms: INTENT_P99_MS, speed });
  mind.know(sales);
  mind.recall(history);
  const advisors = run.controller === 'atlas' ? [forecastAdvisor] : [];
  const autonomy = { level: 4, effective: 4, heldUntil: null, frozen: null };
  const first = Array.from({ length: BEFORE_S }, () => rates[0] ?? 0);
  const plant = new Plant({
    ...{ capacity: truly(run), intentP99Ms: INTENT_P99_MS, nowMs: clocks.wallMs },
    ...{ shape: { ...TIGHT, autonomy }, rates: [...first, ...rates] },
  });
  const watch = new Watch({
    ...{ bundle: 'shop', modules: MODULES, clocks, mind, coolDownMs, patienceMs: 0 },
    eyes: {
      targets: () =>
        Promise.resolve([{ instance: 'shop-0', app: 'shop', process: '1', metricsUrl: 'http://shop' }]),
      metrics: () => plant.metrics(),
      shape: () => Promise.resolve(plant.shape),
      plan: () => Promise.reject(new Error('nobody asks')),
    },
    voice: plant,
    council: new Council({ advisors, known, policy: policy.rules }),
    guard: guardOf({ guardrails: await guardrails, limits: DEFAULT_LIMITS, known }),
    store: new MemoryBrainStore(),
    time: traceTime(startMs, REAL_START_MS, speed),
    log: { warn: () => undefined, info: () => undefined },
  });
  for (let second = 0; second < BEFORE_S + rates.length; second += 1) {
    plant.second();
    now.wallMs += 1_000;
    now.steadyMs += 1_000;
    await watch.look();
  }
  await watch.stop();
  const inTrace = (second: number): number => second - BEFORE_S;
  return {
    missed: plant.missed.map(inTrace),
    moves: plant.moves.map((move) => ({ ...move, atS: Number(inTrace(move.atS).toFixed(2)) })),
  };
}
