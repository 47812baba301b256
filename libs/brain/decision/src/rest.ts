/**
 * Shapes that a trial took back. What made it fail is seldom gone a cool-down later, and each try costs a switch there
 * and one back.
 *
 * R1  A rung that was taken back rests: two cool-downs at first, twice as long each time it happens again.
 * R2  It is forgotten when it has rested and as long again has passed without another.
 * R3  Emergencies ask nobody whether a rung rests.
 */
import type { DecisionState } from './decide.ts';
import type { Policy } from './policy.ts';

/** A rung that was taken back, and when last, ms of trace time. */
export interface TakenBack {
  readonly rung: string;
  /** The epoch of the last revert: one revert counts once. */
  readonly epoch: number;
  readonly times: number;
  readonly atMs: number;
}

/** R1: 2⁶ cool-downs at the most. */
const MOST_DOUBLINGS = 6;

const restMs = ({ times }: TakenBack, { coolDownMs }: Policy): number =>
  coolDownMs * 2 ** Math.min(times, MOST_DOUBLINGS);

/** R1. What is left of a rung's rest, ms; 0: it may be gone to. */
export function restOf(rung: string, atMs: number, { state, policy }: Remembered): number {
  const found = state.takenBack?.find((each) => each.rung === rung);
  return found ? Math.max(0, found.atMs + restMs(found, policy) - atMs) : 0;
}

export interface Remembered {
  readonly state: DecisionState;
  readonly policy: Policy;
}

/** R1, R2. Remembers that a trial has taken a rung back; the same revert again changes nothing. */
export function tookBack(
  { rung, epoch, atMs }: Omit<TakenBack, 'times'>,
  { state, policy }: Remembered,
): DecisionState {
  const known = (state.takenBack ?? []).filter((each) => atMs < each.atMs + 2 * restMs(each, policy));
  const before = known.find((each) => each.rung === rung);
  if (before?.epoch === epoch) return state;
  const times = (before?.times ?? 0) + 1;
  const others = known.filter((each) => each !== before);
  return { ...state, takenBack: [...others, { rung, epoch, atMs, times }] };
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
