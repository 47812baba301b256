/**
 * Learns what the shop costs from what is seen of it, for the optimiser, the guardrails and the council.
 *
 * L1  A window is five looks in a row at the same hosts under the same epoch, none of them with a flaw. Anything else is
 *     forgotten: costs are not learned from switches, restarts and gaps.
 * L2  Of each shape the newest windows are kept: what calls between hosts cost is not forgotten while nobody makes any.
 * L3  Nothing is known before enough was seen: then the optimiser says so and is silent.
 * L4  It is learned twice a minute, the first time as soon as possible, and never while a decision waits.
 * L5  A module has crashed when the switcher finds none of its processes well though the layout names one.
 */
import { quantileMs, type HostLook, type Round } from '@atlas/brain-collector';
import {
  calibrate,
  firstCosts,
  learnCosts,
  type Costs,
  type Intent,
  type Site,
} from '@atlas/brain-optimiser';
import type { Known } from '@atlas/brain-advisors';
import type { Layout } from '@atlas/control-layout';
import type { Shape } from '../watch/thought.ts';
import { countedOf, windowOf, type ShopWindow } from './shop-window.ts';

export interface LearnerParts {
  readonly modules: readonly string[];
  readonly site: Site;
  readonly intent: Intent;
}

/** L1. */
const LOOKS = 5;
/** L2. Windows of one shape, and shapes. */
const MOST_WINDOWS = 36;
const MOST_SHAPES = 6;
/** L3. */
const LEAST_ROOTS = 100;
/** L4, ms. */
const EVERY_MS = 30_000;
/** Of the shape in force, for what CPU does not tell of latency: one minute. */
const NEWEST = 12;
const LEAST_ANSWERS = 100;
const DAY_MS = 86_400_000;

const keyOf = ({ placements, instances }: Layout): string =>
  JSON.stringify(
    [placements, instances].map((each) => Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))),
  );

const hostsOf = (looks: readonly HostLook[]): string =>
  looks
    .map(({ instance }) => instance)
    .sort()
    .join(' ');

export class Learner {
  readonly #parts: LearnerParts;
  /** L2. Shape → its windows; the shape that was seen last is the last one. */
  readonly #windows = new Map<string, readonly ShopWindow[]>();
  readonly #crashes = new Map<string, number>();
  #crashed: readonly string[] = [];
  #open: { readonly epoch: number; readonly hosts: string; readonly rounds: readonly Round[] } | undefined;
  #sinceMs: number | undefined;
  #learnedMs = -Infinity;
  #costs: Costs | undefined;

  constructor(parts: LearnerParts) {
    this.#parts = parts;
  }

  /** L3. */
  readonly known = (): Known | undefined => {
    const { site, intent } = this.#parts;
    return this.#costs && { costs: this.#costs, site, intent };
  };

  /** One look at the shop, after everything else is done with it. */
  see(round: Round, shape: Shape | undefined): void {
    this.#sinceMs ??= round.at;
    if (shape) this.#noteCrashes(shape.crashed);
    const sound =
      shape !== undefined && round.covered && round.flaws.length === 0 && shape.crashed.length === 0;
    this.#open = sound ? this.#joined(round, shape.epoch) : undefined;
    if (shape === undefined || (this.#open?.rounds.length ?? 0) < LOOKS) return;
    this.#keep(
      windowOf(shape.layout, this.#open?.rounds.flatMap(({ looks }) => looks) ?? [], this.#parts.modules),
    );
    this.#open = undefined;
    const due = round.at - this.#learnedMs >= EVERY_MS || round.at < this.#learnedMs;
    if (this.#costs === undefined || due) this.#learn(round.at);
  }

  /** L5. */
  #noteCrashes(crashed: readonly string[]): void {
    for (const module of crashed)
      if (!this.#crashed.includes(module)) this.#crashes.set(module, (this.#crashes.get(module) ?? 0) + 1);
    this.#crashed = crashed;
  }

  /** L1. */
  #joined(round: Round, epoch: number) {
    const hosts = hostsOf(round.looks);
    const open = this.#open;
    const goes = open?.epoch === epoch && open.hosts === hosts;
    return { epoch, hosts, rounds: [...(goes ? open.rounds : []), round] };
  }

  /** L2. */
  #keep(window: ShopWindow): void {
    const key = keyOf(window.layout);
    const kept = [...(this.#windows.get(key) ?? []).slice(1 - MOST_WINDOWS), window];
    this.#windows.delete(key);
    this.#windows.set(key, kept);
    for (const old of this.#windows.keys()) if (this.#windows.size > MOST_SHAPES) this.#windows.delete(old);
  }

  #learn(atMs: number): void {
    const windows = [...this.#windows.values()].flat();
    const days = Math.max(0, atMs - (this.#sinceMs ?? atMs)) / DAY_MS;
    const counted = countedOf(windows, { crashes: Object.fromEntries(this.#crashes), days });
    if (counted.roots < LEAST_ROOTS) return;
    const costs = learnCosts(counted, firstCosts(counted, this.#parts.modules));
    this.#costs = this.#calibrated(costs);
    this.#learnedMs = atMs;
  }

  #calibrated(costs: Costs): Costs {
    const newest = [...this.#windows.values()].at(-1)?.slice(-NEWEST) ?? [];
    const { roots, rootsS } = countedOf(newest, { crashes: {}, days: 0 });
    const layout = newest.at(-1)?.layout;
    const p99Ms = quantileMs({ upTo: sumsOf(newest) }, 0.99);
    if (layout === undefined || p99Ms === null || roots < LEAST_ANSWERS) return costs;
    const rps = roots / newest.reduce((sum, { seconds }) => sum + seconds, 0);
    return calibrate(
      { costs, site: this.#parts.site, rps },
      { layout, meanMs: (rootsS / roots) * 1_000, p99Ms },
    );
  }
}

function sumsOf(windows: readonly ShopWindow[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const { upTo } of windows)
    for (const [le, count] of Object.entries(upTo)) sums.set(le, (sums.get(le) ?? 0) + count);
  return Object.fromEntries(sums);
}
