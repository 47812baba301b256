/**
 * What a switch on trial does with one observation.
 *
 * T1  A breach is written down before anything is done about it; from then on only the revert, another layout, or an
 *     operator who calls the revert off ends the trial.
 * T2  The revert is a switch of its own, so that it is prepared, committed and superseded like any other. One that came
 *     to nothing while the broken layout is still in force is followed by another, once that has a chance.
 * T3  It holds nobody up: whatever layout comes into force ends it.
 */
import type { Strain, Tally } from '@atlas/control-layout';
import { buildMismatch, epochOf, supersededBy } from './conditions.ts';
import { isLive, mayAct, type Observation } from './observation.ts';
import type { Ending, OpenSwitch, SwitchState, TrialEnd } from './state.ts';
import { enter, hindrance, noted, stay, withDrain } from './steps.ts';
import type { In, Step } from './table.ts';
import { describeBreach, judgeTrial } from './trial.ts';

/** On to `draining`. */
function over(state: In<'trial'>, ending: Ending, seen: Observation): Step {
  const { epoch, committedAt } = state.stage;
  const drained = enter(withDrain(state, seen), { phase: 'draining', epoch, committedAt, ending });
  return stay(noted(drained, 'trial', seen.now, { ending }));
}

const committed = (trial: TrialEnd): Ending => ({ outcome: 'committed', trial });

const revertOf = (state: SwitchState, seen: Observation): OpenSwitch | undefined =>
  seen.open.find(({ undoes }) => undoes === state.id);

/** T3. Another layout is in force: the revert's, or somebody else's. */
function replaced(state: In<'trial'>, seen: Observation): Step {
  const { breach } = state.stage;
  const byEpoch = epochOf(seen.committed);
  if (breach === null || revertOf(state, seen)?.epoch !== byEpoch) {
    return over(state, committed('superseded'), seen);
  }
  return over(state, { outcome: 'reverted', byEpoch, detail: describeBreach(breach) }, seen);
}

/** A revert would be given up at once, and so would the next one, and the one after that. */
const isDoomed = ({ from }: SwitchState, seen: Observation): boolean =>
  from === null ||
  supersededBy({ source: 'revert' }, seen) !== undefined ||
  buildMismatch(seen.hosts) !== undefined ||
  hindrance({ kind: 'revert', to: from.layout }, seen) !== undefined;

/** T1, T2. */
function failed(state: In<'trial'>, seen: Observation): Step {
  const revert = revertOf(state, seen);
  if (revert === undefined)
    return stay(state, isDoomed(state, seen) ? [] : [{ kind: 'revert', id: state.id }]);
  const calledOff = seen.abortRequests.some(({ id }) => id === revert.id);
  return calledOff ? over(state, committed('kept'), seen) : stay(state);
}

/** Some live edge has not told anything yet. */
const isIncomplete = ({ hosts, tallies }: Observation): boolean =>
  hosts.some(
    (host) =>
      isLive(host) && host.lease?.kind === 'bundle' && !tallies.some(({ nonce }) => nonce === host.nonce),
  );

const AT_REST: Strain = { machine: 0, loop: 0 };

/** What hosts have counted. Of one that is gone the counts stay, but not how busy it was (J3 of `trial.ts`). */
export function talliesOf({ hosts, tallies }: Pick<Observation, 'hosts' | 'tallies'>): Tally[] {
  const alive = hosts.filter(({ process }) => process === 'alive').map(({ nonce }) => nonce);
  return tallies.map(({ nonce, tally }) => (alive.includes(nonce) ? tally : { ...tally, strain: AT_REST }));
}

export function trial(state: In<'trial'>, seen: Observation): Step {
  const { stage } = state;
  if (epochOf(seen.committed) !== stage.epoch) return replaced(state, seen);
  if (stage.breach !== null) return failed(state, seen);
  if (!mayAct(seen)) return stay(state);
  const judgement = judgeTrial({
    tallies: talliesOf(seen),
    earlier: seen.earlier,
    emergency: state.source === 'emergency',
    incomplete: isIncomplete(seen),
    timeUp: seen.now >= stage.deadlineAt,
  });
  if (judgement.kind === 'passed') return over(state, committed('passed'), seen);
  if (judgement.kind === 'waiting') return stay(withDrain(state, seen));
  const { breach } = judgement;
  return stay(noted(enter(state, { ...stage, breach }), 'breach', seen.now, { epoch: stage.epoch, breach }));
}

/** The switch that undoes one whose trial was failed: back to the layout that was in force before it. */
export function undoing(state: SwitchState, id: string, now: number): SwitchState | undefined {
  const { stage, from } = state;
  if (stage.phase !== 'trial' || stage.breach === null || from === null) return undefined;
  return {
    id,
    kind: 'revert',
    source: 'revert',
    reason: `reverts ${state.id}: ${describeBreach(stage.breach)}`,
    from: null,
    to: from.layout,
    decidedAt: now,
    bodyHash: null,
    undoes: { id: state.id, epoch: stage.epoch },
    times: { prepareMs: null, routedMs: null, drainMs: null },
    notes: [],
    stage: { phase: 'planned' },
  };
}
