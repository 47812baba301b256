/**
 * What an operator says of autonomy, and what waits for him. Every change is in the audit log before it is in force.
 *
 * Each method is to be called within `Engine.command`, on the look that it was given.
 */
import type { AutonomyView, Proposal } from '@atlas/control-api';
import {
  alike,
  allow,
  allowPrewarm,
  countsOnly,
  decided,
  effectiveLevel,
  epochOf,
  frozen,
  froze,
  held,
  isOver,
  PREWARM_MS,
  prewarmed,
  refusals,
  settled,
  WAIT_MS,
  withWish,
  type Autonomy,
  type Governed,
  type Level,
  type Observation,
  type Permission,
  type Prewarm,
  type WaitingWish,
} from '../machine/index.ts';
import type { Layout } from '@atlas/control-layout';
import type { Engine } from './engine.ts';
import { RefusedError } from './refused.ts';
import { autonomyView, proposalView } from './views.ts';

/** What is asked for, as far as autonomy is concerned. */
export interface Asking {
  readonly id: string;
  readonly source: Governed;
  readonly reason: string;
  readonly guardrails: readonly string[];
  readonly bodyHash: string | null;
  readonly to: Layout;
}

export class Governor {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  view(now: number): AutonomyView {
    return autonomyView(this.#engine.autonomy.now, now);
  }

  /** Newest first. */
  list(seen: Observation): Proposal[] {
    return this.#as(seen).wishes.map(proposalView).reverse();
  }

  /** Of now: the turn that writes down what has become of it may still be to come. */
  #as(seen: Observation): Autonomy {
    return settled(this.#engine.autonomy.now, seen);
  }

  /** An operator's word ends what holds it (A4 of `autonomy.ts`). */
  setLevel(level: Level, { now }: Observation): Promise<AutonomyView> {
    const change = {
      ...this.#engine.autonomy.stored,
      level,
      levelOf: this.#engine.shop.start ?? '',
      heldUntil: null,
    };
    return this.#change(change, { event: 'level', level }, now);
  }

  freeze(reason: string, { now }: Observation): Promise<AutonomyView> {
    return this.#change(frozen(this.#engine.autonomy.stored, reason, now), { event: 'freeze', reason }, now);
  }

  unfreeze({ now }: Observation): Promise<AutonomyView> {
    const { stored } = this.#engine.autonomy;
    if (stored.frozen === null) return Promise.resolve(this.view(now));
    return this.#change({ ...stored, frozen: null }, { event: 'unfreeze' }, now);
  }

  /** A4 of `autonomy.ts`: an operator has acted himself. Where nothing but alerts counts there is nothing to hold. */
  async hold(by: string, { now }: Observation): Promise<void> {
    const { autonomy } = this.#engine;
    if (autonomy.now.level <= 1) return;
    const next = held(autonomy.stored, now);
    await this.#change(next, { event: 'held', until: next.heldUntil, by }, now);
  }

  /** Whether it may be performed. @throws RefusedError when it is not even to wait. */
  async permit(asking: Asking, seen: Observation): Promise<'perform' | 'wait'> {
    const { autonomy } = this.#engine;
    const asked = { ...asking, countsOnly: countsOnly(seen.committed?.layout ?? null, asking.to) };
    const permission = allow(autonomy.now, asked, seen.now);
    if (permission.kind === 'refuse') await this.#refuse(asking, permission, seen);
    const before = alike(autonomy.now, this.#wishOf(asking, seen), seen.now);
    if (before?.state === 'rejected') {
      const because = `a person rejected the same wish (${before.id})`;
      await this.#refuse(asking, { kind: 'refuse', code: 'refused_by_policy', because }, seen);
    }
    return permission.kind === 'wait' ? 'wait' : 'perform';
  }

  async #refuse(
    { id, source, reason, guardrails, to }: Asking,
    { code, because }: Extract<Permission, { kind: 'refuse' }>,
    seen: Observation,
  ): Promise<never> {
    const { heldUntil } = this.view(seen.now);
    const level = effectiveLevel(this.#engine.autonomy.now, seen.now);
    const wish = { switch: id, source, reason, guardrails, target: to, epoch: epochOf(seen.committed) };
    await this.#audit({ event: 'proposed', kind: 'switch', ...wish, verdict: code, because, level });
    throw new RefusedError(code, because, { level, heldUntil, reasons: guardrails });
  }

  #wishOf({ id, source, reason, guardrails, bodyHash, to }: Asking, seen: Observation): WaitingWish {
    return {
      ...{ id, at: seen.now, expiresAt: seen.now + WAIT_MS, source, reason, guardrails, target: to },
      ...{ basedOnEpoch: epochOf(seen.committed), state: 'waiting', bodyHash },
    };
  }

  /** Writes it down for a person; what waits already is not asked twice. */
  async wait(asking: Asking, seen: Observation): Promise<Proposal> {
    const { autonomy } = this.#engine;
    const wish = this.#wishOf(asking, seen);
    const before = alike(autonomy.now, wish, seen.now);
    if (before) return proposalView(before);
    const { id, source, reason, guardrails, target, basedOnEpoch: epoch } = wish;
    await this.#audit({ event: 'waiting', proposal: id, source, reason, guardrails, target, epoch });
    await autonomy.save(withWish(autonomy.stored, wish));
    return this.#told(wish);
  }

  /** Of an earlier request under the same key. */
  known(id: string): WaitingWish | undefined {
    return this.#engine.autonomy.now.wishes.find((wish) => wish.id === id);
  }

  /** @throws RefusedError `proposal_not_found`, `already_ended` */
  waiting(id: string, seen: Observation): WaitingWish {
    const wish = this.#as(seen).wishes.find((one) => one.id === id);
    if (!wish) throw new RefusedError('proposal_not_found', `there is no proposal "${id}"`);
    if (wish.state === 'waiting') return wish;
    throw new RefusedError('already_ended', `proposal ${id} is ${wish.state} already`, { state: wish.state });
  }

  /** @throws RefusedError `held_by_freeze`: what is frozen is not approved. */
  refuseFrozen(): void {
    const { frozen: freeze } = this.#engine.autonomy.now;
    if (freeze) throw new RefusedError('held_by_freeze', `${froze(freeze)}; unfreeze it first`);
  }

  async end(wish: WaitingWish, state: 'approved' | 'rejected'): Promise<Proposal> {
    const { autonomy } = this.#engine;
    await this.#audit({ event: state, proposal: wish.id });
    await autonomy.save(decided(autonomy.stored, wish.id, state));
    return this.#told({ ...wish, state });
  }

  /** Starts a layout's hosts ahead of a switch. @throws RefusedError */
  async warm(target: Layout, minutes: number | undefined, seen: Observation): Promise<Prewarm> {
    const { autonomy, shop } = this.#engine;
    const permission = allowPrewarm(autonomy.now, seen.now);
    if (permission.kind === 'refuse') throw new RefusedError(permission.code, permission.because);
    const reasons = [...refusals(target, shop, seen), ...(seen.obstacle ? [seen.obstacle.detail] : [])];
    if (reasons.length > 0) throw new RefusedError('refused_by_policy', reasons.join('; '), { reasons });
    const until = seen.now + (minutes === undefined ? PREWARM_MS : minutes * 60_000);
    const before = autonomy.stored.prewarm;
    const running = before && !isOver(before, seen) ? before : null;
    const next = prewarmed(running, { target, until }, seen.bundle);
    if (next === running) return next;
    await this.#audit({ event: 'warm', target: next.target, until: next.until });
    await autonomy.save({ ...autonomy.stored, prewarm: next });
    return next;
  }

  #told(wish: WaitingWish): Proposal {
    const data = proposalView(wish);
    this.#engine.feed.tell(() => ({ event: 'proposal', data }));
    return data;
  }

  async #change(
    next: Autonomy,
    entry: Readonly<Record<string, unknown>>,
    now: number,
  ): Promise<AutonomyView> {
    await this.#audit(entry);
    await this.#engine.autonomy.save(next);
    const data = this.view(now);
    this.#engine.feed.tell(() => ({ event: 'autonomy', data }));
    return data;
  }

  async #audit(entry: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#engine.store.appendAudit(this.#engine.leadership.token(), entry);
  }
}
