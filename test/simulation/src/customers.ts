/** People who buy: each order is one root, asked again under the same key when it failed or its host died. */
import { PlatformError, type Admission, type CouplingRuntime } from '@atlas/coupling-runtime';
import { Dice } from './dice.ts';
import type { HostProcess } from './host.ts';
import { LEAST_ROOTS } from './schedule.ts';
import { CONTRACTS } from './shop.ts';
import type { World } from './world.ts';

const AGAIN_AFTER_MS = [100, 1_000] as const;
const TRIES = 12;
const MORE_WITHIN_MS = 500;
/** Share of the edges that close where all who wait to be admitted have gone. */
const LEAVERS = 0.5;

/** A request that an edge has taken and not answered, of a client who is still there. */
interface Taken {
  readonly order: string;
  readonly host: HostProcess;
  /** Nobody waits for its admission any more. */
  readonly stopWatch: () => void;
}

/** One request. */
export interface Asked {
  readonly attempt: number;
  /** Virtual ms. */
  readonly startedAt: number;
  /** A host has taken it on. */
  admitted: boolean;
}

export class Customers {
  readonly #world: World;
  /** Orders that wait for an answer, by the host that has their root. */
  readonly #waiting = new Map<string, HostProcess>();
  readonly #taken = new Map<Asked, Taken>();
  /** Of their own: they change no other draw. */
  readonly #leavers: Dice;
  /** Answered in the affirmative. */
  readonly bought = new Set<string>();
  /** Given up. */
  readonly lost = new Set<string>();
  roots = 0;
  #expected = 0;
  #arrived = 0;

  constructor(world: World) {
    this.#world = world;
    this.#leavers = new Dice(world.schedule.seed, 'leavers');
  }

  begin(): void {
    const { schedule } = this.#world;
    this.#expect(schedule.roots, schedule.spanMs);
  }

  #expect(orders: number, withinMs: number): void {
    const { clock, dice } = this.#world;
    for (let i = 0; i < orders; i += 1) {
      const order = `o${this.#expected}`;
      this.#expected += 1;
      clock.after(dice.whole(0, withinMs), clock.world, () => this.#arrive(order, 1));
    }
  }

  /** Roots that were never admitted, since the shop was closed for too long. */
  get #missing(): number {
    return Math.max(0, Math.min(LEAST_ROOTS, this.#world.schedule.roots) - this.roots);
  }

  get #idle(): boolean {
    return this.#arrived === this.#expected && this.bought.size + this.lost.size === this.#arrived;
  }

  get done(): boolean {
    return this.#idle && this.#missing === 0;
  }

  /** More orders, so that a schedule has as many roots as it promises. */
  insist(): void {
    if (this.#idle) this.#expect(this.#missing, MORE_WITHIN_MS);
  }

  #arrive(order: string, attempt: number): void {
    if (attempt === 1) this.#arrived += 1;
    const { machine, clock, dice } = this.#world;
    const open = machine
      .alive()
      .filter(({ accepting, actor }) => accepting && actor.frozenUntil <= clock.now);
    if (open.length === 0) return this.#again(order, attempt);
    const host = dice.pick(open);
    this.#waiting.set(order, host);
    const asked: Asked = { attempt, startedAt: clock.now, admitted: false };
    clock.after(this.#world.latency(), host.actor, () => {
      void this.#serve(host, order, asked).then(
        () => this.#answered(order, host, undefined, asked),
        (error: unknown) => this.#answered(order, host, error, asked),
      );
    });
  }

  /** What the edge does with one request. */
  async #serve(host: HostProcess, order: string, asked: Asked): Promise<void> {
    const { runtime } = host;
    const { oracle } = this.#world;
    if (!runtime || !host.accepting) throw new PlatformError('unavailable', 'closed');
    const stopWatch = oracle.admitting(host);
    this.#taken.set(asked, { order, host, stopWatch });
    try {
      await this.#buy(host, runtime, order, asked);
    } finally {
      this.#taken.delete(asked);
    }
  }

  async #buy(host: HostProcess, runtime: CouplingRuntime, order: string, asked: Asked): Promise<void> {
    const { oracle } = this.#world;
    const admission: Admission = await runtime.admit({ label: 'buy' });
    this.#taken.get(asked)?.stopWatch();
    asked.admitted = true;
    this.roots += 1;
    oracle.admitted(host, admission.call.rootId, admission.epoch);
    try {
      await runtime.client(CONTRACTS.cart).buy({ order }, admission.call.withKey(order));
    } finally {
      admission.end();
      oracle.ended(admission.call.rootId);
    }
  }

  #answered(order: string, host: HostProcess, error: unknown, asked: Asked): void {
    if (this.#waiting.get(order) !== host) return;
    this.#waiting.delete(order);
    if (error === undefined) {
      this.bought.add(order);
      this.#world.oracle.bought(order);
      return;
    }
    this.#world.oracle.failed(host, asked, error);
    this.#again(order, asked.attempt);
  }

  #again(order: string, attempt: number): void {
    if (attempt >= TRIES) return void this.lost.add(order);
    const { clock, dice } = this.#world;
    clock.after(dice.whole(...AGAIN_AFTER_MS), clock.world, () => this.#arrive(order, attempt + 1));
  }

  /** How many of a host's requests its edge must still answer. */
  at(host: HostProcess): number {
    return [...this.#taken.values()].filter((taken) => taken.host === host).length;
  }

  /** It takes no more. Who waits there to be admitted stays and is answered; or all of them have gone, and ask elsewhere. */
  edgeCloses(host: HostProcess): void {
    const waiting = [...this.#taken].filter(([asked, taken]) => taken.host === host && !asked.admitted);
    if (waiting.length === 0 || !this.#leavers.chance(LEAVERS)) return;
    for (const [asked, { order, stopWatch }] of waiting) {
      stopWatch();
      this.#taken.delete(asked);
      this.#waiting.delete(order);
      this.#again(order, asked.attempt);
    }
  }

  /** Their connections are closed without an answer. */
  hostDied(host: HostProcess): void {
    for (const [asked, taken] of this.#taken) if (taken.host === host) this.#taken.delete(asked);
    for (const [order, at] of [...this.#waiting]) {
      if (at !== host) continue;
      this.#waiting.delete(order);
      this.#again(order, 2);
    }
  }
}
