import {
  summaryOf,
  type BrainStore,
  type StoredDecision,
  type StoredMinute,
  type StoredSale,
  type Summary,
} from '@atlas/brain-collector';
import { forecastAdvisor, type Advisor, type Known } from '@atlas/brain-advisors';
import { PAPER } from '@atlas/brain-decision';
import { WATCHING } from '../src/watch/autonomy.ts';
import { Council } from '../src/watch/council.ts';
import { Mind, type MindOptions } from '../src/watch/mind.ts';
import type { Shape } from '../src/watch/thought.ts';

export const MODULES = ['cart', 'catalog'];
export const POLICY = { name: 'paper', rules: PAPER };
export const TIGHT: Shape = {
  epoch: 3,
  layout: {
    placements: { cart: 'bundle', catalog: 'bundle' },
    ...{ instances: { bundle: 1 }, canary: {}, configVersion: 1 },
  },
  crashed: [],
  ready: { cart: 0, catalog: 0 },
  coming: null,
  autonomy: WATCHING,
};
export const LOOSE: Shape = {
  ...TIGHT,
  layout: {
    ...TIGHT.layout,
    placements: { cart: 'service', catalog: 'service' },
    instances: { bundle: 1, cart: 1, catalog: 1 },
  },
};

export const newMind = (more: Partial<MindOptions> = {}): Mind =>
  new Mind({ modules: MODULES, policy: POLICY, intentP99Ms: 200, ...more });

/** Costs of a shop of these modules. */
export const KNOWN: Known = {
  costs: {
    edgeCpuMs: 0.2,
    modules: Object.fromEntries(
      MODULES.map((name) => [name, { operations: { only: { perRoot: 0.5, cpuMs: 1 } }, crashesPerDay: 0.1 }]),
    ),
    calls: MODULES.map((to) => ({ from: 'edge', to, perRoot: 0.5 })),
    localCall: { cpuMs: 0.001 },
    remoteCall: { callerCpuMs: 0.03, calleeCpuMs: 0.03, latencyMs: 0.2 },
    ...{ waitMs: 2, tail: 4, restartS: 3, failoverS: 0.2 },
  },
  site: { cores: 4, coreHourUsd: 0.04, hostHourUsd: 0.05, mostInstances: 4 },
  intent: { latency_p99_ms: 50, daily_cost_usd: 20, availability: 99, replicas: 8 },
  learnedAtMs: 1_764_000_000_000,
  windows: 12,
  fit: { measuredMs: 20, predictedMs: 21 },
};

/** Nobody learns: no costs are known. */
export const newCouncil = (advisors: readonly Advisor[] = [forecastAdvisor]): Council =>
  new Council({ advisors, known: () => undefined, policy: PAPER });

/** A second or minute of the shop; without a rate it has a hole. */
export function seen(at: number, rps: number | undefined): Summary {
  const none = summaryOf({ at, covered: rps === undefined ? 0 : 1, looks: [], modules: MODULES, flaws: [] });
  if (rps === undefined) return none;
  const answers = { ...none.answers, arrivals: rps, rps };
  const cart = { ...answers, arrivals: rps / 4, rps: rps / 4, stress: 0.7, poolQueue: 0, logLagS: null };
  const catalog = {
    ...answers,
    arrivals: (rps * 3) / 4,
    rps: (rps * 3) / 4,
    stress: 0.3,
    poolQueue: 0,
    logLagS: null,
  };
  return { ...none, answers, modules: { cart, catalog } };
}

/** The store in memory; `away` makes every call fail. */
export class MemoryBrainStore implements BrainStore {
  away = false;
  /** Ms since 1970. */
  clock = (): number => 0;
  /** Minutes of before. */
  past: readonly StoredMinute[] = [];
  /** What a write of seconds waits for. */
  writing: Promise<void> = Promise.resolve();
  readonly kept = {
    seconds: [] as Summary[],
    minutes: [] as Summary[],
    decisions: [] as StoredDecision<unknown>[],
    costs: undefined as object | undefined,
  };
  #sales: StoredSale[] = [];
  #next = 1;

  #do<T>(work: () => T): Promise<T> {
    return this.away ? Promise.reject(new Error('away')) : Promise.resolve(work());
  }
  now = () => this.#do(() => this.clock());
  addSeconds = async (seconds: readonly Summary[]) => {
    await this.writing;
    await this.#do(() => void this.kept.seconds.push(...seconds));
  };
  addMinute = (minute: Summary) => this.#do(() => void this.kept.minutes.push(minute));
  secondsSince = () => this.#do(() => this.kept.seconds);
  minutes = (from: number, most: number) =>
    this.#do(() => this.past.filter(({ minute }) => minute >= from).slice(0, most));
  addDecision = (body: object) =>
    this.#do(() => this.kept.decisions.push({ id: this.kept.decisions.length + 1, at: 0, body }));
  decisions = <T>(most: number) =>
    this.#do(() => this.kept.decisions.slice(-most).reverse() as StoredDecision<T>[]);
  decision = <T>(id: number) =>
    this.#do(() => this.kept.decisions.find((each) => each.id === id) as StoredDecision<T> | undefined);
  keepCosts = (body: object) => this.#do(() => void (this.kept.costs = body));
  keptCosts = () => this.#do((): unknown => this.kept.costs);
  sales = () => this.#do(() => this.#sales);
  addSale = (sale: Omit<StoredSale, 'id'>) =>
    this.#do(() => {
      const added = { ...sale, id: this.#next++ };
      this.#sales = [...this.#sales, added];
      return added;
    });
  strikeSale = (id: number) =>
    this.#do(() => {
      const before = this.#sales.length;
      this.#sales = this.#sales.filter((sale) => sale.id !== id);
      return this.#sales.length < before;
    });
  prune = () => this.#do(() => undefined);
  close = () => Promise.resolve();
}
