/**
 * What each phase does with one observation. Level-triggered: an effect is asked for as long as the observation shows
 * that it is still needed, so that a step repeated after a crash does no harm.
 */
import { sameLayout } from '@atlas/control-layout';
import {
  buildMismatch,
  drained,
  epochOf,
  isNext,
  routedPast,
  supersededBy,
  unprepared,
} from './conditions.ts';
import type { Effect } from './effects.ts';
import { farewells } from './farewell.ts';
import { modulesOnTrial } from './moved.ts';
import { needsOf, prewarmNeeds, provide, servingNeeds, union, vacancies } from './needs.ts';
import { mayAct, type Observation } from './observation.ts';
import {
  MAX_LIVE_EPOCHS,
  PREPARE_DEADLINE_MS,
  endsBadLayout,
  type AbortReason,
  type Ending,
  type Note,
  type Stage,
  type SwitchState,
  type Times,
} from './state.ts';
import type { In, Step } from './table.ts';

export const stay = (state: SwitchState, effects: readonly Effect[] = []): Step => ({ state, effects });

export const enter = (state: SwitchState, stage: Stage): SwitchState => ({ ...state, stage });

const timed = (state: SwitchState, times: Partial<Times>): SwitchState => ({
  ...state,
  times: { ...state.times, ...times },
});

export function noted(
  state: SwitchState,
  event: Note['event'],
  at: number,
  detail: Note['detail'],
): SwitchState {
  const note: Note = { key: `${state.id}:${event}`, at, event, detail };
  return { ...state, notes: [...state.notes, note] };
}

function end(state: SwitchState, ending: Ending, seen: Observation): SwitchState {
  const { stage } = state;
  const epoch = 'epoch' in stage ? stage.epoch : null;
  const committedAt = 'committedAt' in stage ? stage.committedAt : null;
  const ended = enter(state, { phase: 'ended', epoch, committedAt, ending, endedAt: seen.now });
  return noted(ended, 'ended', seen.now, { ending });
}

/** Why the switch should go away before its commit, if it should. */
function abortReason(state: SwitchState, seen: Observation): AbortReason | undefined {
  const asked = seen.abortRequests.find(({ id }) => id === state.id);
  if (asked) return { code: 'operator', detail: asked.detail };
  const stronger = supersededBy(state, seen);
  if (stronger) return { code: 'superseded', detail: `${stronger.source} switch ${stronger.id} takes over` };
  return undefined;
}

export function planned(state: In<'planned'>, seen: Observation): Step {
  const reason = abortReason(state, seen);
  if (reason) return stay(end(state, { outcome: 'aborted', reason }, seen));
  const { undoes } = state;
  if (undoes && epochOf(seen.committed) !== undoes.epoch) {
    const detail = `epoch ${undoes.epoch} is not in force any more`;
    return stay(end(state, { outcome: 'aborted', reason: { code: 'superseded', detail } }, seen));
  }
  const mostLive = endsBadLayout(state) ? MAX_LIVE_EPOCHS : MAX_LIVE_EPOCHS - 1;
  if (!mayAct(seen) || !isNext(state, seen) || seen.live.length >= mostLive) return stay(state);
  if (seen.committed && sameLayout(seen.committed.layout, state.to)) {
    return stay(end(state, { outcome: 'unchanged' }, seen));
  }
  const deadlineAt = seen.now + PREPARE_DEADLINE_MS;
  return stay(enter({ ...state, from: seen.committed }, { phase: 'preparing', epoch: null, deadlineAt }));
}

/** Why hosts of the target cannot be started. A bootstrap waits: there is nothing else to do. */
export function hindrance(
  { kind, to }: Pick<SwitchState, 'kind' | 'to'>,
  { obstacle, bundle, hosts }: Observation,
): AbortReason | undefined {
  if (obstacle === null || kind === 'bootstrap') return undefined;
  const missing = vacancies(needsOf(to, bundle), hosts);
  if (missing.length === 0) return undefined;
  const { code, detail, command } = obstacle;
  const remedy = command && missing.map(({ app }) => `${command} ${app}`).join(' and ');
  const names = missing.map(({ instance }) => instance).join(', ');
  return { code, detail: `${names} cannot be started: ${detail}${remedy ? `: ${remedy}` : ''}` };
}

/** Why a switch between plan and commit cannot go on. */
function failure(state: In<'preparing' | 'committing'>, seen: Observation): AbortReason | undefined {
  const { epoch, deadlineAt } = state.stage;
  const asked = abortReason(state, seen);
  if (asked) return asked;
  if (epochOf(seen.committed) !== epochOf(state.from)) {
    return { code: 'conflict', detail: `epoch ${epochOf(seen.committed)} is in force unexpectedly` };
  }
  const mismatch = buildMismatch(seen.hosts);
  if (mismatch) return { code: 'build_mismatch', detail: mismatch };
  const hindered = hindrance(state, seen);
  if (hindered) return hindered;
  if (seen.now < deadlineAt) return undefined;
  const waits = epoch === null ? ['no epoch was prepared'] : unprepared(state, epoch, seen);
  return { code: 'prepare_timeout', detail: `not prepared in time: ${waits.join(', ') || 'not committed'}` };
}

/** To `aborting`, which withdraws. */
function abort(state: In<'preparing' | 'committing'>, reason: AbortReason, at: number): SwitchState {
  const aborting = enter(state, { phase: 'aborting', epoch: state.stage.epoch, reason });
  return noted(aborting, 'aborting', at, { reason });
}

/** What target and live layouts still lack: bundles that are to accept, and hosts that are to start. */
function starts(state: SwitchState, seen: Observation): Effect[] {
  const serving = union([servingNeeds(seen), needsOf(state.to, seen.bundle)]);
  return provide(serving, prewarmNeeds(seen), seen);
}

/** Makes the target the prepared layout; a prepared one that is not the target is left over from a crash. */
function proposal(state: In<'preparing'>, seen: Observation): Step {
  const { prepared } = seen;
  if (prepared === null) {
    return stay(state, [
      { kind: 'propose', basedOn: epochOf(state.from), layout: state.to },
      ...starts(state, seen),
    ]);
  }
  if (!sameLayout(prepared.layout, state.to)) {
    return stay(state, [{ kind: 'withdraw', epoch: prepared.epoch }]);
  }
  return stay(enter(state, { ...state.stage, epoch: prepared.epoch }));
}

export function preparing(state: In<'preparing'>, seen: Observation): Step {
  const { epoch, deadlineAt } = state.stage;
  const reason = failure(state, seen);
  if (reason) return stay(abort(state, reason, seen.now));
  if (!mayAct(seen)) return stay(state);
  if (epoch === null) return proposal(state, seen);
  if (seen.prepared?.epoch !== epoch) {
    return stay(abort(state, { code: 'conflict', detail: `epoch ${epoch} is prepared no more` }, seen.now));
  }
  if (unprepared(state, epoch, seen).length > 0) return stay(state, starts(state, seen));
  const acked = timed(state, { prepareMs: seen.now - state.decidedAt });
  return stay(enter(acked, { phase: 'committing', epoch, deadlineAt }));
}

/** The commit has happened, whether or not anyone got its answer. */
function committed(state: In<'committing' | 'aborting'>, epoch: number, seen: Observation): Step {
  const routing = enter(state, { phase: 'routed-wait', epoch, committedAt: seen.now });
  return stay(noted(routing, 'committed', seen.now, { epoch }));
}

export function committing(state: In<'committing'>, seen: Observation): Step {
  const { epoch, deadlineAt } = state.stage;
  if (epochOf(seen.committed) === epoch) return committed(state, epoch, seen);
  const reason = failure(state, seen);
  if (reason) return stay(abort(state, reason, seen.now));
  if (!mayAct(seen)) return stay(state);
  if (seen.prepared?.epoch !== epoch || unprepared(state, epoch, seen).length > 0) {
    return stay(enter(state, { phase: 'preparing', epoch, deadlineAt }));
  }
  return stay(state, [
    { kind: 'commit', from: epochOf(state.from), to: epoch, onTrial: modulesOnTrial(state) },
  ]);
}

export function aborting(state: In<'aborting'>, seen: Observation): Step {
  const { epoch, reason } = state.stage;
  if (epoch !== null && epochOf(seen.committed) === epoch) return committed(state, epoch, seen);
  if (seen.prepared) return stay(state, [{ kind: 'withdraw', epoch: seen.prepared.epoch }]);
  const ending: Ending = { outcome: 'aborted', reason };
  return stay(enter(state, { phase: 'retiring', epoch, committedAt: null, ending }));
}

export function routedWait(state: In<'routed-wait'>, seen: Observation): Step {
  if (!mayAct(seen) || !routedPast(epochOf(state.from), seen.hosts)) return stay(state);
  const { epoch, committedAt } = state.stage;
  const routed = timed(state, { routedMs: seen.now - state.decidedAt });
  if (modulesOnTrial(state).length > 0) {
    const deadlineAt = seen.now + seen.trialMostMs;
    return stay(enter(routed, { phase: 'trial', epoch, committedAt, deadlineAt, breach: null }));
  }
  const ending: Ending = { outcome: 'committed', trial: 'none' };
  return stay(enter(routed, { phase: 'draining', epoch, committedAt, ending }));
}

/** With the time that the drain took, once it is over; the epoch before stays live for as long as it may be needed. */
export function withDrain(state: In<'trial' | 'draining'>, seen: Observation): SwitchState {
  if (state.times.drainMs !== null || !drained(epochOf(state.from), seen.hosts)) return state;
  return timed(state, { drainMs: seen.now - state.stage.committedAt });
}

export function draining(state: In<'draining'>, seen: Observation): Step {
  const { epoch, committedAt, ending } = state.stage;
  if (seen.trial?.epoch === epoch) return stay(state, [{ kind: 'end-trial', epoch }]);
  if (!mayAct(seen) || !drained(epochOf(state.from), seen.hosts)) return stay(state);
  return stay(enter(withDrain(state, seen), { phase: 'retiring', epoch, committedAt, ending }));
}

/** Every switch that retires stops, or keeps warm, whatever nobody needs; doing it twice does no harm (E2). */
export function retiring(state: In<'retiring'>, seen: Observation): Step {
  const { ending } = state.stage;
  const from = epochOf(state.from);
  if (ending.outcome !== 'aborted' && seen.live.some(({ epoch }) => epoch === from)) {
    return stay(state, [{ kind: 'mark-drained', epoch: from }]);
  }
  if (!mayAct(seen)) return stay(state);
  const goodbyes = farewells(state, seen);
  const stopping = seen.hosts.some(
    (host) => host.driven && host.process === 'alive' && (host.stopping || host.lease?.health === 'leaving'),
  );
  if (goodbyes.length === 0 && !stopping) return stay(end(state, ending, seen));
  return stay(state, goodbyes);
}

export const ended = (state: In<'ended'>): Step => stay(state);
