/**
 * Learns what the shop costs from what is seen of it, for the optimiser, the guardrails and the council.
 *
 * L1  A window is five looks in a row at the same hosts under the same epoch, none of them with a flaw. Anything else is
 *     forgotten: costs are not learned from switches, their trials, starts and gaps.
 * L2  Of each shape the newest windows are kept: what calls between hosts cost is not forgotten while nobody makes any.
 * L3  Nothing is known before enough was seen: then the optimiser says so and is silent.
 * L4  It is learned twice a minute, the first time as soon as possible, and never while a decision waits.
 * L5  A module has crashed when the switcher finds none of its processes well though the layout names one.
 * L6  Costs and the record of crashes outlive a restart. Costs that were learned earlier count until there are new ones,
 *     and are what these are learned from: what nobody does just now is not forgotten. Costs of another build do not
 *     count, they are learned from only.
 * L7  Nothing is kept before it is known what was kept: the store may be away when the brain begins.
 */
import type { HostLook, Round } from '@atlas/brain-collector';
import {
  believedCosts,
  calibrate,
  firstCosts,
  learnCosts,
  LEAST_WINDOWS,
  type Calibrated,
  type Costs,
  type Intent,
  type Measured,
  type Site,
} from '@atlas/brain-optimiser';
import type { Known } from '@atlas/brain-advisors';
import type { Layout } from '@atlas/control-layout';
import type { Shape } from '../watch/thought.ts';
import { joined, NO_RECORD, recalled, recorded, type KeptCosts } from './kept-costs.ts';
import { countedOf, measuredOf, windowOf, type ShopWindow } from './shop-window.ts';

export interface LearnerParts {
  readonly modules: readonly string[];
  readonly site: Site;
  readonly intent: Intent;
  /** Kind and number of the machine's cores. */
  readonly machine: string;
  /** Of the code that is measured. */
  readonly build: string;
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
/** L6, ms. */
const KEEP_EVERY_MS = 5 * 60_000;
/** Longer between two looks, nobody watched, ms. */
const LONGEST_LOOK_MS = 5_000;

const keyOf = ({ placements, instances }: Layout): string =>
  JSON.stringify(
    [placements, instances].map((each) => Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))),
  );

const hostsOf = (looks: readonly HostLook[]): string =>
  looks
    .map(({ instance }) => instance)
    .sort()
    .join(' ');

/** New costs with what was fitted to latency earlier: too few windows say nothing better, and a fit is of its numbers. */
const asFitted = (
  { costs }: Calibrated,
  { costs: { waitMs, tail }, windows, fit }: Calibrated,
): Calibrated => ({ costs: { ...costs, waitMs, tail }, windows, fit });

export class Learner {
  readonly #parts: LearnerParts;
  /** L2. Shape → its windows; the shape that was seen last is the last one. */
  readonly #windows = new Map<string, readonly ShopWindow[]>();
  #open: { readonly epoch: number; readonly hosts: string; readonly rounds: readonly Round[] } | undefined;
  #record = NO_RECORD;
  #atMs: number | undefined;
  #learned: (Calibrated & { readonly atMs: number }) | undefined;
  /** L6. What was learned before the brain began. */
  #earlier: Costs | undefined;
  #kept: KeptCosts | undefined;
  #recalled = false;

  constructor(parts: LearnerParts) {
    this.#parts = parts;
  }

  /** L3. */
  readonly known = (): Known | undefined => {
    const { site, intent } = this.#parts;
    if (!this.#learned) return undefined;
    const { atMs: learnedAtMs, ...learned } = this.#learned;
    return { ...learned, site, intent, learnedAtMs };
  };

  /** L7. Whether it is still to be told what was kept. */
  get forgetful(): boolean {
    return !this.#recalled;
  }

  /** L6. What was kept last, whatever it is, and however much was seen meanwhile. @returns whether it counts */
  recall(stored: unknown, nowMs: number): boolean {
    this.#recalled = true;
    const found = recalled(stored, this.#parts, { site: this.#parts.site, nowMs });
    if (!found) return false;
    this.#record = joined(found.record, this.#record);
    this.#learned ??= found.learned ?? undefined;
    this.#earlier = found.prior ?? undefined;
    return true;
  }

  /** L6. What is to be kept now; undefined: nothing is known, or it was kept just now (L7). */
  toKeep(): KeptCosts | undefined {
    const { modules, machine, build } = this.#parts;
    const keptAtMs = this.#atMs;
    const known = this.#learned !== undefined || Object.keys(this.#record.crashes).length > 0;
    if (keptAtMs === undefined || !known || this.forgetful) return;
    const agoMs = keptAtMs - (this.#kept?.keptAtMs ?? -Infinity);
    const record = this.#record;
    const crashed = record.crashed.join(' ') !== this.#kept?.record.crashed.join(' ');
    if (!crashed && agoMs >= 0 && agoMs < KEEP_EVERY_MS) return;
    return { modules, machine, build, keptAtMs, record, learned: this.#learned ?? null };
  }

  /** L6. It is. */
  kept(what: KeptCosts): void {
    this.#kept = what;
  }

  /** One look at the shop, after everything else is done with it. */
  see(round: Round, shape: Shape | undefined): void {
    const lookMs = Math.min(LONGEST_LOOK_MS, Math.max(0, round.at - (this.#atMs ?? round.at)));
    this.#atMs = round.at;
    if (shape) this.#record = recorded(this.#record, shape.crashed, lookMs); // L5
    const sound =
      shape !== undefined &&
      shape.unsettled !== true &&
      round.covered &&
      round.flaws.length === 0 &&
      shape.crashed.length === 0;
    this.#open = sound ? this.#joined(round, shape.epoch) : undefined;
    if (shape === undefined || (this.#open?.rounds.length ?? 0) < LOOKS) return;
    this.#keep(
      windowOf(shape.layout, this.#open?.rounds.flatMap(({ looks }) => looks) ?? [], this.#parts.modules),
    );
    this.#open = undefined;
    const agoMs = round.at - (this.#learned?.atMs ?? -Infinity);
    if (agoMs >= EVERY_MS || agoMs < 0) this.#learn(round.at);
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
    const counted = countedOf([...this.#windows.values()].flat(), this.#record);
    if (counted.roots < LEAST_ROOTS) return;
    const first = firstCosts(counted, this.#parts.modules);
    const costs = learnCosts(counted, this.#earlier ? believedCosts(first, this.#earlier) : first);
    const fresh = calibrate({ costs, site: this.#parts.site }, this.#measured());
    const before = this.#learned;
    this.#learned = { atMs, ...(fresh.fit === null && before?.fit ? asFitted(fresh, before) : fresh) };
  }

  /** Of the shape in force; while that was seen too little, of the newest windows of all. */
  #measured(): Measured[] {
    const all = [...this.#windows.values()].map(measuredOf);
    const own = all.at(-1) ?? [];
    return own.length >= LEAST_WINDOWS ? own : all.flat().slice(-MOST_WINDOWS);
  }
}
