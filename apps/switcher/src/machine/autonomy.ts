/**
 * What brain and emergency may do by themselves, and what of theirs waits for a person. Pure.
 *
 * A1  0 watches: nothing is taken. 1 alerts: all waits. 2 performs what only changes numbers of instances and keeps the
 *     guardrails. 3 performs whatever keeps them; what they do not perform waits. 4 performs as 3, and refuses the rest.
 * A2  An emergency is exempt from guardrails and from the hold (A4): it outranks an operator's switch. Never from the
 *     level.
 * A3  An operator's freeze refuses all of them, at any level; operators and reverts go on. `isFrozen` is something else:
 *     the switcher stops by itself while many hosts are silent together.
 * A4  After an operator's own switch level 1 counts at most for the brain, for `HOLD_MS`; setting the level ends that.
 * A5  What waits does so for the epoch that it was based on, and for `WAIT_MS` at most.
 * A6  What a switch has been begun for is approved, though whoever approved it died before that was written down.
 */
import { sameLayout, type Layout } from '@atlas/control-layout';
import { epochOf } from './conditions.ts';
import type { Observation } from './observation.ts';
import type { Prewarm } from './prewarm.ts';
import type { Source } from './state.ts';

export type Level = 0 | 1 | 2 | 3 | 4;
/** Who is held by the level. */
export type Governed = Extract<Source, 'brain' | 'emergency'>;

export const isGoverned = (source: Source): source is Governed =>
  source === 'brain' || source === 'emergency';

/** How long an operator's switch holds others back, ms. */
export const HOLD_MS = 600_000;
/** Longest wait for a person, ms. */
export const WAIT_MS = 600_000;
/** Wishes that are remembered; of more, the oldest go. */
export const KEPT = 32;

/** A wish that somebody has to approve, or had to; the switch that it becomes has its id. Times are ms on the store's clock. */
export interface WaitingWish {
  readonly id: string;
  readonly at: number;
  readonly expiresAt: number;
  readonly source: Governed;
  readonly reason: string;
  readonly guardrails: readonly string[];
  readonly target: Layout;
  readonly basedOnEpoch: number;
  readonly state: 'waiting' | 'approved' | 'rejected' | 'expired';
  /** SHA-256 of the request body when the client gave an `Idempotency-Key`. */
  readonly bodyHash: string | null;
}

/** The durable state; times are ms on the store's clock. */
export interface Autonomy {
  /** As an operator set it; null: nobody has, and what the stack began with counts. */
  readonly level: Level | null;
  /** The start of the stack that it was set under: a later one begins anew. */
  readonly levelOf: string | null;
  readonly heldUntil: number | null;
  readonly frozen: { readonly since: number; readonly reason: string } | null;
  /** Oldest first. */
  readonly wishes: readonly WaitingWish[];
  /** What is started ahead of a switch. */
  readonly prewarm: Prewarm | null;
}

export const UNSET: Autonomy = {
  level: null,
  levelOf: null,
  heldUntil: null,
  frozen: null,
  wishes: [],
  prewarm: null,
};

/** The level with which the stack began stands in for one that nobody has set. */
export type Governing = Autonomy & { readonly level: Level };

const isHeld = ({ heldUntil }: Autonomy, now: number): boolean => heldUntil !== null && heldUntil > now;

/** A4: the level that counts now for the brain. */
export const effectiveLevel = (autonomy: Governing, now: number): Level =>
  isHeld(autonomy, now) && autonomy.level > 1 ? 1 : autonomy.level;

/** What a wish is judged by. */
export interface Asked {
  readonly source: Governed;
  /** Sentences of the guardrails that it breaks. */
  readonly guardrails: readonly string[];
  /** Modules stay where they are; only numbers of instances change. */
  readonly countsOnly: boolean;
}

export type Permission =
  | { readonly kind: 'perform' }
  | { readonly kind: 'wait'; readonly because: string }
  | { readonly kind: 'refuse'; readonly code: RefusedBy; readonly because: string };
export type RefusedBy = 'held_by_freeze' | 'held_by_level' | 'refused_by_policy';

const PERFORM: Permission = { kind: 'perform' };
const wait = (because: string): Permission => ({ kind: 'wait', because });

/** In a freeze, to people. */
export const froze = ({ reason }: NonNullable<Autonomy['frozen']>): string =>
  `an operator froze it: ${reason}`;

/** A1, A2, A3. */
export function allow(autonomy: Governing, asked: Asked, now: number): Permission {
  const { frozen } = autonomy;
  if (frozen) {
    return { kind: 'refuse', code: 'held_by_freeze', because: froze(frozen) };
  }
  const level = asked.source === 'emergency' ? autonomy.level : effectiveLevel(autonomy, now);
  const held = level < autonomy.level ? ', after an operator’s switch' : '';
  const broken = asked.source === 'emergency' ? [] : asked.guardrails;
  switch (level) {
    case 0:
      return { kind: 'refuse', code: 'held_by_level', because: 'autonomy is at level 0: it only watches' };
    case 1:
      return wait(`autonomy is at level 1${held}: a person approves`);
    case 2:
      if (!asked.countsOnly) return wait('autonomy is at level 2: a person approves what moves modules');
      return broken.length === 0 ? PERFORM : wait(broken.join('; '));
    case 3:
      return broken.length === 0 ? PERFORM : wait(broken.join('; '));
    case 4:
      if (broken.length === 0) return PERFORM;
      return { kind: 'refuse', code: 'refused_by_policy', because: broken.join('; ') };
  }
}

/** From that level on something may be started ahead of a switch. */
const PREWARMS_FROM = 3;

/** Whether something may be started ahead of a switch: it is as the brain's wishes are. */
export function allowPrewarm(autonomy: Governing, now: number): Permission {
  const { frozen } = autonomy;
  if (frozen) return { kind: 'refuse', code: 'held_by_freeze', because: froze(frozen) };
  const level = effectiveLevel(autonomy, now);
  if (level >= PREWARMS_FROM) return PERFORM;
  const because = `autonomy is at level ${level}: warms from level ${PREWARMS_FROM} on`;
  return { kind: 'refuse', code: 'held_by_level', because };
}

/** Whether only numbers of instances differ. */
export const countsOnly = (from: Layout | null, to: Layout): boolean =>
  from !== null && sameLayout({ ...from, instances: {} }, { ...to, instances: {} });

type Look = Pick<Observation, 'now' | 'committed' | 'open'>;

/**
 * A5, A6: the same with what has waited too long expired, and what has become a switch approved. Returns the argument
 * itself when nothing has.
 */
export function settled<A extends Autonomy>(autonomy: A, { now, committed, open }: Look): A {
  const epoch = epochOf(committed);
  const stateOf = ({ id, state, expiresAt, basedOnEpoch }: WaitingWish): WaitingWish['state'] => {
    if (state !== 'waiting') return state;
    if (open.some((one) => one.id === id)) return 'approved';
    return expiresAt <= now || basedOnEpoch !== epoch ? 'expired' : 'waiting';
  };
  const wishes = autonomy.wishes.map((wish) => {
    const state = stateOf(wish);
    return state === wish.state ? wish : { ...wish, state };
  });
  return wishes.every((wish, at) => wish === autonomy.wishes[at]) ? autonomy : { ...autonomy, wishes };
}

/** With one wish more, the oldest gone when there are too many. */
export const withWish = (autonomy: Autonomy, wish: WaitingWish): Autonomy => ({
  ...autonomy,
  wishes: [...autonomy.wishes, wish].slice(-KEPT),
});

/** With one wish decided. */
export const decided = (autonomy: Autonomy, id: string, state: WaitingWish['state']): Autonomy => ({
  ...autonomy,
  wishes: autonomy.wishes.map((wish) => (wish.id === id ? { ...wish, state } : wish)),
});

/**
 * The same wish of the same source on the same epoch, as long as it waits or its rejection counts: it is asked once, and a
 * person's no is not worn down by asking again.
 */
export const alike = (
  { wishes }: Autonomy,
  { source, target, basedOnEpoch }: Pick<WaitingWish, 'source' | 'target' | 'basedOnEpoch'>,
  now: number,
): WaitingWish | undefined =>
  wishes.findLast(
    (wish) =>
      (wish.state === 'waiting' || wish.state === 'rejected') &&
      wish.expiresAt > now &&
      wish.source === source &&
      wish.basedOnEpoch === basedOnEpoch &&
      sameLayout(wish.target, target),
  );

/** A4. */
export const held = (autonomy: Autonomy, now: number): Autonomy => ({
  ...autonomy,
  heldUntil: now + HOLD_MS,
});

/** A3. A second freeze keeps the moment of the first. */
export const frozen = (autonomy: Autonomy, reason: string, now: number): Autonomy => ({
  ...autonomy,
  frozen: { since: autonomy.frozen?.since ?? now, reason },
});
