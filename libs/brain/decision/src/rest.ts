/**
 * Shapes that failed: a trial took them back, or they were given up before they came into force. What made them fail is
 * seldom gone a cool-down later, and each try costs a switch there and one back, or half a minute in vain.
 *
 * R1  A rung that failed rests: two cool-downs at first, twice as long each time it happens again.
 * R2  It is forgotten when it has rested and as long again has passed without another.
 * R3  A crash or an anomaly asks nobody whether a rung rests. For an overload that has no other left it rests an eighth.
 * R4  What needs all that failed would fail, too, and rests with it.
 * R5  What failed because services did not start rests no longer when all of it is ready (`detour.ts`).
 * R6  What failed later than it is now did so by a clock that was set back, or in another trace: it rests from now on, and
 *     not until then.
 */
import type { DecisionState, TakenBack } from './decision.ts';
import type { Policy } from './policy.ts';

/** Something failed, at a moment of trace time, ms. */
export interface Failure {
  readonly rung: string;
  /** That it had, and that its trial took back; null: it was given up before it came into force. */
  readonly epoch: number | null;
  readonly atMs: number;
  /** R4. Other rungs that need all that failed. */
  readonly also?: readonly string[];
  /** R5. Services did not start. */
  readonly late?: boolean;
}

/** R1: 2⁶ cool-downs at the most. */
const MOST_DOUBLINGS = 6;

const restMs = ({ times }: TakenBack, { coolDownMs }: Policy): number =>
  coolDownMs * 2 ** Math.min(times, MOST_DOUBLINGS);

/** R1. What is left of a rung's rest, ms; 0: it may be gone to. */
export function restOf(rung: string, atMs: number, { state, policy, haste = 1 }: Remembered): number {
  const found = state.takenBack?.find((each) => each.rung === rung);
  return found ? Math.max(0, found.atMs + restMs(found, policy) / haste - atMs) : 0;
}

export interface Remembered {
  readonly state: DecisionState;
  readonly policy: Policy;
  /** R3. What a rest is divided by; 1 by default. */
  readonly haste?: number;
}

/** R1, R2, R4. Remembers that a rung has failed; the same revert again changes nothing. */
export function failed(failure: Failure, { state, policy }: Remembered): DecisionState {
  const { rung, epoch, atMs, also = [], late = false } = failure;
  const known = (state.takenBack ?? []).filter((each) => atMs < each.atMs + 2 * restMs(each, policy));
  const of = (name: string): TakenBack | undefined => known.find((each) => each.rung === name);
  if (epoch !== null && of(rung)?.epoch === epoch) return state;
  const gone = late ? 'did not start' : 'did not come into force';
  const became = epoch === null ? gone : 'was taken back by its trial';
  const now = [rung, ...also].map((name) => ({
    ...{ rung: name, atMs, times: (of(name)?.times ?? 0) + 1 },
    ...{ epoch: epoch ?? of(name)?.epoch ?? null },
    ...{ why: name === rung ? became : `needs what ${rung} failed with`, late },
  }));
  const others = known.filter((each) => !now.some(({ rung: name }) => name === each.rung));
  return { ...state, takenBack: [...others, ...now] };
}

/** R6. */
export const notAhead = (state: DecisionState, nowMs: number): DecisionState =>
  state.takenBack
    ? { ...state, takenBack: state.takenBack.map((each) => ({ ...each, atMs: Math.min(each.atMs, nowMs) })) }
    : state;

/** Why a rung rests, and for how long. */
export function restWords(rung: string, atMs: number, now: Remembered): string {
  const why = now.state.takenBack?.find((each) => each.rung === rung)?.why ?? 'failed';
  return `${rung} ${why} and rests for ${Math.ceil(restOf(rung, atMs, now) / 1_000)} s`;
}

/**
 * Where to go instead of a rung that rests: to the next higher one that does not, else to the highest that does not, which
 * may be the present one. More load so never means a lighter shape.
 */
export function rested(wanted: number, at: number, now: Remembered & { readonly atMs: number }): number {
  const { rungs } = now.policy;
  const free = (rung: number): boolean => rung === at || restOf(rungs[rung]?.name ?? '', now.atMs, now) === 0;
  for (let rung = wanted; rung < rungs.length; rung += 1) if (free(rung)) return rung;
  for (let rung = wanted - 1; rung > 0; rung -= 1) if (free(rung)) return rung;
  return 0;
}
