/**
 * From a thought to a proposal: whether it is said, and what is remembered of the answer.
 *
 * P1  Nothing is said at level 0 or in a freeze. Nothing is warmed below level 3, nor what a guardrail forbids: there
 *     nobody could approve it.
 * P2  Nothing stale is said: a thought whose look is more than 2 s ago, by any clock, is dropped. So a brain that was
 *     frozen and thawed, or whose clock was set, says nothing of what was before.
 * P3  The same wish on the same epoch at the same level is said again only after a time, whatever the answer was: one
 *     that waits for a person, or is kept warm, when that has expired, an emergency after 30 s, others after a cool-down.
 *     But at once when something that passes was in the way, the age of a look included, or nobody knows whether it was
 *     heard: the epoch that it is based on makes it count once.
 * P4  What is under way already is not said.
 */
import { TABLE } from '@atlas/brain-advisors';
import type { Clocks } from '@atlas/brain-collector';
import type { Decision, Proposal } from '@atlas/brain-decision';
import { sameLayout } from '@atlas/control-layout';
import type { Counsel } from './council.ts';
import type { Shape, Thought } from './thought.ts';
import type { Said, Voice, Wish } from './voice.ts';

/** What became of a proposal. */
export type Outcome =
  | Said
  /** Level 0: a proposal is what it would say. */
  | { readonly kind: 'watched' }
  /** Why it was not said. */
  | { readonly kind: 'not-said'; readonly because: string };

/** When a look began, on real clocks. */
export interface Moment {
  readonly wallMs: number;
  readonly steadyMs: number;
}

export interface ProposerParts {
  readonly voice: Voice;
  /** Real time, also when a trace is replayed faster. */
  readonly clocks: Clocks;
  /** P3, ms of the thoughts' time. */
  readonly coolDownMs: number;
  /** What the store's clock is ahead of the steady one, ms; undefined while it is not known. */
  readonly storeAheadMs: () => number | undefined;
}

/** What is to be said, and on what it rests. */
export interface Occasion {
  readonly thought: Thought;
  readonly counsel: Counsel;
  readonly shape: Shape;
  readonly moment: Moment;
  readonly guardrails: readonly string[];
}

type Wanted = Exclude<Proposal, { readonly kind: 'none' }>;

/** P2, ms. */
const EXPIRES_MS = 2_000;
/** P3, ms. */
const EMERGENCY_AGAIN_MS = 30_000;
/** P1. */
const WARMS_FROM = 3;
/** P3: refusals that pass. */
const PASSING: readonly string[] = ['stale', 'switch_in_progress', 'store_unavailable', 'not_leading'];

const passes = (outcome: Outcome): boolean =>
  outcome.kind === 'silent' ||
  outcome.kind === 'not-said' ||
  (outcome.kind === 'refused' && PASSING.includes(outcome.code));

/** Until when an answer stands, ms since 1970 on the store's clock; NaN: it does not say. */
function endOf(outcome: Outcome): number {
  if (outcome.kind === 'waiting') return Date.parse(outcome.expiresAt);
  return outcome.kind === 'warming' ? Date.parse(outcome.until) : NaN;
}

/** Of the decision that is taken now, and so of the switch that it leads to. */
export const keyOf = ({ epoch }: Shape, { wallMs }: Moment): string => `brain-${epoch}-${Math.floor(wallMs)}`;

/**
 * What makes a wish another one: not which modules are the most stressed at the moment, nor by how many seconds a
 * guardrail is broken, for such things change each second. The level is part of it: what waited for a person may be
 * performed at another one.
 */
function aboutOf({ counsel: { proposal }, shape, guardrails }: Occasion): string {
  if (proposal.kind === 'none') return '';
  const source = proposal.kind === 'move' ? proposal.source : '';
  const { effective } = shape.autonomy;
  return [shape.epoch, effective, proposal.kind, source, proposal.rung, guardrails.length].join(' ');
}

/** P1, P4: why a wish is not said; undefined when it may be. */
function restraint(
  wanted: Wanted,
  { shape: { autonomy, coming }, guardrails }: Occasion,
): string | undefined {
  if (autonomy.frozen) return `frozen: ${autonomy.frozen.reason || 'no reason was given'}`;
  if (wanted.kind === 'pre-warm' && autonomy.effective < WARMS_FROM)
    return `warms from level ${WARMS_FROM} on, and ${autonomy.effective} counts now`;
  if (wanted.kind === 'pre-warm' && guardrails.length > 0) return guardrails.join('; ');
  if (coming && wanted.kind === 'move' && sameLayout(coming, wanted.to)) return 'it is under way';
  return undefined;
}

export class Proposer {
  readonly #parts: ProposerParts;
  /** P3. */
  #last: { readonly about: string; readonly atMs: number; readonly outcome: Outcome } | undefined;

  constructor(parts: ProposerParts) {
    this.#parts = parts;
  }

  /** The beginning of a look. */
  moment(): Moment {
    const { wallMs, steadyMs } = this.#parts.clocks;
    return { wallMs: wallMs(), steadyMs: steadyMs() };
  }

  /** Says a thought's proposal; undefined when there is none, or it was said a while ago (P3). Never rejects. */
  async act(occasion: Occasion): Promise<Outcome | undefined> {
    const { thought, shape, counsel } = occasion;
    const { proposal } = counsel;
    if (proposal.kind === 'none') return undefined;
    if (shape.autonomy.effective === 0) return { kind: 'watched' };
    const because = restraint(proposal, occasion);
    if (because !== undefined) return { kind: 'not-said', because };
    if (this.#saidLately(occasion)) return undefined;
    const outcome = await this.#say(proposal, occasion);
    this.#last = { about: aboutOf(occasion), atMs: thought.observation.atMs, outcome };
    return outcome;
  }

  /** P3. */
  #saidLately(occasion: Occasion): boolean {
    const last = this.#last;
    if (last?.about !== aboutOf(occasion) || passes(last.outcome)) return false;
    const { coolDownMs } = this.#parts;
    const { thought, counsel } = occasion;
    if (this.#storeMs() < endOf(last.outcome)) return true;
    const { proposal } = counsel;
    const emergency = proposal.kind === 'move' && proposal.source === 'emergency';
    const agoMs = thought.observation.atMs - last.atMs;
    return agoMs >= 0 && agoMs < (emergency ? Math.min(EMERGENCY_AGAIN_MS, coolDownMs) : coolDownMs);
  }

  #say(proposal: Wanted, occasion: Occasion): Promise<Outcome> {
    const { shape, moment, guardrails } = occasion;
    const wish: Wish = {
      kind: proposal.kind,
      source: proposal.kind === 'move' ? proposal.source : 'brain',
      to: proposal.to,
      reason: reasonOf(occasion),
      basedOnEpoch: shape.epoch,
      observedAt: this.#observedAt(moment),
      guardrails,
      key: keyOf(shape, moment),
    };
    const old = this.#age(moment);
    return old <= EXPIRES_MS
      ? this.#parts.voice.say(wish)
      : Promise.resolve({ kind: 'not-said', because: `it was seen ${Math.round(old / 1_000)} s ago` });
  }

  /** P2: the age of a look by the clock that says most; a clock that was set back says as much as one set forward. */
  #age(moment: Moment): number {
    const now = this.moment();
    return Math.max(Math.abs(now.wallMs - moment.wallMs), now.steadyMs - moment.steadyMs);
  }

  #observedAt({ steadyMs }: Moment): number | undefined {
    const ahead = this.#parts.storeAheadMs();
    return ahead === undefined ? undefined : Math.floor(steadyMs + ahead);
  }

  /** P3. Now on the store's clock, by which answers expire; on our own while that is not known. */
  #storeMs(): number {
    const now = this.moment();
    return this.#observedAt(now) ?? now.wallMs;
  }
}

/** Who proposes it and why, in one sentence: it stands in the switcher's history. */
function reasonOf({ thought: { decision }, counsel }: Occasion): string {
  const because = becauseOf(decision, counsel);
  return counsel.by.includes(TABLE) ? `${decision.rule}: ${because}` : because;
}

/** Why it is proposed in the end: the words of the rule, or of the advisors who outweighed the table. */
export function becauseOf(
  { rule, rules }: Pick<Decision, 'rule' | 'rules'>,
  counsel: Pick<Counsel, 'by' | 'heard'> | null,
): string {
  if (!counsel || counsel.by.includes(TABLE)) return rules.find(({ name }) => name === rule)?.because ?? '';
  return counsel.heard
    .flatMap(({ advisor, advice }) =>
      counsel.by.includes(advisor) && advice ? [`${advisor}: ${advice.because}`] : [],
    )
    .join('; ');
}
