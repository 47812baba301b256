/** The commands and questions of the control API, free of HTTP. Refusals are values of a closed table. */
import type {
  AutonomyView,
  LayoutInfo,
  PlanAnswer,
  Proposal,
  Status,
  SwitchView,
  WarmAnswer,
} from '@atlas/control-api';
import { modeOf, sameLayout, type Layout } from '@atlas/control-layout';
import type { AuditEntry } from '@atlas/control-store';
import {
  isFrozen,
  isGoverned,
  judge,
  outcomeOf,
  planOf,
  prewarmNeeds,
  refusals,
  rollbackTarget,
  stableLayouts,
  targetOf,
  vacancies,
  type Level,
  type Observation,
  type Source,
  type SwitchState,
  type Wish,
} from '../machine/index.ts';
import type { Engine } from './engine.ts';
import { Governor, type Asking } from './governor.ts';
import { pidsOf } from './herald.ts';
import { passed } from '../passed.ts';
import { RefusedError } from './refused.ts';
import { bodyHashOf, refuseReused, switchIdOf } from './request-key.ts';
import { stateOfRow } from './switch-book.ts';
import { hostInfos, layoutInfo, prewarmView, proposalView, switchView } from './views.ts';
import { refuseLate, withdrawn } from './withdrawal.ts';

export { RefusedError } from './refused.ts';

export interface SwitchRequest extends Wish {
  readonly reason?: string;
  readonly source?: Extract<Source, 'emergency' | 'operator' | 'brain'>;
  readonly dryRun?: boolean;
  /** Sentences of the guardrails that it breaks; only for brain and emergency. */
  readonly guardrails?: readonly string[];
  readonly basedOnEpoch?: number;
  /** ms since 1970, on the store's clock. */
  readonly observedAt?: number;
}

export interface WarmRequest extends Wish {
  /** How long; 15 by default. */
  readonly minutes?: number;
}

export type Answer =
  | { readonly kind: 'accepted' | 'unchanged'; readonly switch: SwitchView }
  /** A person has to approve it. */
  | { readonly kind: 'waiting'; readonly waiting: Proposal }
  | { readonly kind: 'dry-run'; readonly plan: PlanAnswer };

/** Switches that a rollback looks back on. */
const HISTORY = 200;
/** A proposal that is taken on, or waits. */
type Done = Exclude<Answer, { readonly kind: 'dry-run' }>;
type Wanted = Parameters<typeof judge>[0];

export class Control {
  readonly #engine: Engine;
  readonly #governor: Governor;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#governor = new Governor(engine);
  }

  #lastSeen(): Observation {
    const seen = this.#engine.lookout.last;
    if (!seen) throw new RefusedError('store_unavailable', 'the coupling store has not answered yet');
    return seen;
  }

  /** The last known state, also when the store is away. @throws RefusedError `store_unavailable` before the first look. */
  status(): Status {
    const { lookout, leadership, leads, book, driver } = this.#engine;
    const seen = this.#lastSeen();
    return {
      layout: seen.committed && layoutInfo(seen.committed),
      mode: seen.committed && modeOf(seen.committed.layout),
      epoch: seen.committed?.epoch ?? 0,
      preparedEpoch: seen.prepared?.epoch ?? null,
      liveEpochs: seen.live.map(({ epoch }) => epoch),
      hosts: hostInfos(seen, pidsOf(driver)),
      switches: book.open().map(switchView),
      frozen: isFrozen(seen),
      autonomy: this.#governor.view(seen.now),
      prewarm: seen.prewarm && prewarmView(seen.prewarm),
      leader: { holder: leadership.holder, leads },
      store: lookout.contact(),
    };
  }

  /** Fresh from the store. @throws RefusedError `no_layout` before the first one. */
  layout(): Promise<LayoutInfo> {
    return this.#engine.command(async ({ committed }) => {
      if (!committed) throw new RefusedError('no_layout', 'no layout is in force yet');
      return layoutInfo(committed);
    });
  }

  /** Newest first. */
  async list(limit: number): Promise<SwitchView[]> {
    const rows = await this.#engine.store.listSwitches({ limit });
    return rows.map((row) => switchView(stateOfRow(row)));
  }

  /** Oldest first, `seq > after`. */
  audit(after: number, limit: number): Promise<readonly AuditEntry[]> {
    return this.#engine.store.readAudit({ after, limit });
  }

  /** An open one as its leader knows it, without a question to the store. @throws RefusedError `switch_not_found` */
  async get(id: string): Promise<SwitchView> {
    const { leads, book } = this.#engine;
    return switchView((leads ? book.get(id) : undefined) ?? (await this.#read(id)));
  }

  async #read(id: string): Promise<SwitchState> {
    const row = await this.#engine.store.readSwitch(id);
    if (!row) throw new RefusedError('switch_not_found', `there is no switch "${id}"`);
    return stateOfRow(row);
  }

  /** @throws RefusedError */
  propose(request: SwitchRequest, key?: string): Promise<Answer> {
    return this.#engine.command(async (seen) => {
      const target = this.#target(request, seen);
      if (request.guardrails && !isGoverned(request.source ?? 'operator')) {
        const detail = 'guardrails: goes with the sources "brain" and "emergency"';
        throw new RefusedError('invalid_request', detail, { field: 'guardrails' });
      }
      if (request.dryRun) return { kind: 'dry-run', plan: this.#dryRun(target.layout, seen) };
      return this.#take('switch', request, target.layout, { seen, key });
    });
  }

  #target(wish: Wish, seen: Observation): { readonly layout: Layout } {
    const target = targetOf(wish, this.#engine.shop, seen.committed?.layout ?? null);
    if ('layout' in target) return target;
    const { field, wrong } = target;
    throw new RefusedError('invalid_request', `${field}: ${wrong}`, { field });
  }

  #dryRun(to: Layout, seen: Observation): PlanAnswer {
    return {
      dryRun: true,
      unchanged: seen.committed !== null && sameLayout(seen.committed.layout, to),
      epoch: seen.committed?.epoch ?? 0,
      target: { mode: modeOf(to), ...to },
      ...planOf(to, seen),
      refusals: refusals(to, this.#engine.shop, seen),
    };
  }

  /** Back to the newest stable layout that is not in force. @throws RefusedError */
  rollback(request: { readonly reason?: string }, key?: string): Promise<Answer> {
    return this.#engine.command(async (seen) => {
      const rows = await this.#engine.store.listSwitches({ limit: HISTORY });
      const stable = stableLayouts(rows.map(stateOfRow).reverse());
      const current = seen.committed?.layout;
      const to = current && rollbackTarget(stable, current);
      if (!to) throw new RefusedError('nothing_to_roll_back_to', 'no other stable layout is kept');
      return this.#take('rollback', { reason: 'rollback', ...request, source: 'revert' }, to, { seen, key });
    });
  }

  /** Asks whether it may be, then judges it, writes it down, and takes it on or lets it wait. */
  async #take(
    kind: 'switch' | 'rollback',
    request: Omit<SwitchRequest, 'source'> & { readonly source?: Source },
    to: Layout,
    { seen, key }: { readonly seen: Observation; readonly key: string | undefined },
  ): Promise<Answer> {
    const id = switchIdOf(key);
    const bodyHash = bodyHashOf(key, { kind, request });
    const known = key === undefined ? undefined : await this.#replay(id, bodyHash);
    if (known) return known;
    const { source = 'operator', reason = '', guardrails = [], basedOnEpoch, observedAt } = request;
    const proposal = { id, kind, source, reason, to, bodyHash, basedOnEpoch, observedAt };
    if (!isGoverned(source)) return this.#perform(proposal, seen);
    const asking = { id, source, reason, guardrails, bodyHash, to };
    const permission = await this.#governor.permit(asking, seen);
    return this.#perform(proposal, seen, permission === 'wait' ? asking : undefined);
  }

  /** @param waits it is not taken on but waits for a person. */
  async #perform(proposal: Wanted, seen: Observation, waits?: Asking): Promise<Done> {
    const verdict = judge(proposal, this.#engine.shop, seen, this.#engine.changedAt);
    if (waits && verdict.kind === 'accepted') {
      return { kind: 'waiting', waiting: await this.#governor.wait(waits, seen) };
    }
    const { id, kind, source, reason, to } = proposal;
    await passed('switch.plan.before');
    const entry = {
      ...{ event: 'proposed', switch: id, kind, source, reason, target: to },
      epoch: seen.committed?.epoch ?? 0,
      verdict: verdict.kind,
    };
    if (!('state' in verdict)) {
      await this.#engine.store.appendAudit(this.#engine.leadership.token(), entry);
    }
    switch (verdict.kind) {
      case 'stale':
        throw new RefusedError('stale', verdict.detail, { epoch: seen.committed?.epoch ?? 0 });
      case 'busy':
        throw new RefusedError('switch_in_progress', `switch ${verdict.with.id} is in progress`, {
          switchId: verdict.with.id,
        });
      case 'refused':
        throw new RefusedError('refused_by_policy', verdict.reasons.join('; '), { reasons: verdict.reasons });
      case 'accepted':
      case 'unchanged': {
        // First: whoever dies in between leaves no operator's switch that the brain may undo.
        if (verdict.kind === 'accepted' && !isGoverned(source)) await this.#governor.hold(id, seen);
        const state = await this.#engine.take(verdict.state, seen, entry);
        await passed('switch.plan.after');
        return { kind: verdict.kind, switch: switchView(state) };
      }
    }
  }

  /** Newest first; what was decided stays for a while. As last known, also when the store is away. */
  proposals(): readonly Proposal[] {
    return this.#governor.list(this.#lastSeen());
  }

  /** Takes on what waited: the switch has the id of its proposal. @throws RefusedError */
  approve(id: string): Promise<Answer> {
    return this.#engine.command(async (seen) => {
      const wish = this.#governor.waiting(id, seen);
      this.#governor.refuseFrozen();
      const { source, reason, target: to, bodyHash, basedOnEpoch } = wish;
      const wanted: Wanted = { id, kind: 'switch', source, reason, to, bodyHash, basedOnEpoch };
      const answer = (await this.#taken(id, bodyHash)) ?? (await this.#perform(wanted, seen));
      await this.#governor.end(wish, 'approved');
      return answer;
    });
  }

  /** @throws RefusedError */
  reject(id: string): Promise<Proposal> {
    return this.#engine.command(async (seen) => {
      const wish = this.#governor.waiting(id, seen);
      if (!(await this.#taken(id, wish.bodyHash))) return this.#governor.end(wish, 'rejected');
      await this.#governor.end(wish, 'approved'); // which was not written down to its end
      throw new RefusedError('already_ended', `proposal ${id} is approved already`, { state: 'approved' });
    });
  }

  /** Switches nothing. An unchanged shape needs nothing, and is kept for no time. @throws RefusedError */
  warm({ minutes, ...wish }: WarmRequest): Promise<WarmAnswer> {
    return this.#engine.command(async (seen) => {
      const { layout } = this.#target(wish, seen);
      const prewarm = await this.#governor.warm(layout, minutes, seen);
      const starts = vacancies(prewarmNeeds({ ...seen, prewarm }), seen.hosts);
      return { ...prewarmView(prewarm), starts };
    });
  }

  /** Rejects without the store: who cannot write it down does not promise it. */
  setLevel(level: Level): Promise<AutonomyView> {
    return this.#engine.command((seen) => this.#governor.setLevel(level, seen));
  }

  /** Nothing of brain and emergency begins any more; what has begun is aborted if its commit is still to come. */
  freeze(reason: string): Promise<AutonomyView> {
    return this.#engine.command((seen) => this.#governor.freeze(reason, seen));
  }

  unfreeze(): Promise<AutonomyView> {
    return this.#engine.command((seen) => this.#governor.unfreeze(seen));
  }

  /** The same key again: what became of the request, as it is now. */
  async #replay(id: string, bodyHash: string | null): Promise<Answer | undefined> {
    const taken = await this.#taken(id, bodyHash);
    const wish = taken ? undefined : this.#governor.known(id);
    if (wish) refuseReused(wish.bodyHash, bodyHash, id);
    return wish ? { kind: 'waiting', waiting: proposalView(wish) } : taken;
  }

  /** The switch of that id, if it was taken on. */
  async #taken(id: string, bodyHash: string | null): Promise<Done | undefined> {
    const row = await this.#engine.store.readSwitch(id);
    if (!row) return undefined;
    const state = stateOfRow(row);
    refuseReused(state.bodyHash, bodyHash, id);
    return { kind: outcomeOf(state) === 'unchanged' ? 'unchanged' : 'accepted', switch: switchView(state) };
  }

  /**
   * Waits until the withdrawal is certain; one that was aborted before stays so, and nothing more is done.
   * @throws RefusedError `already_committed` when the commit was faster.
   */
  async abort(id: string, detail: string): Promise<SwitchView> {
    await this.#engine.command(async (seen) => {
      const state = this.#engine.book.get(id) ?? (await this.#read(id));
      refuseLate(state);
      if (outcomeOf(state) === 'aborted') return;
      this.#engine.requestAbort(id, detail);
      await this.#governor.hold(id, seen);
    });
    await withdrawn(this.#engine, id);
    const state = await this.#read(id);
    if (outcomeOf(state) !== null) refuseLate(state);
    return switchView(state);
  }
}
