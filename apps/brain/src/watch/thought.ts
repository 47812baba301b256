/** What the brain thinks about, and a thought from its beginning to what became of it. Data. */
import type { Decision, DecisionState, Observation, Otherwise, Outlook } from '@atlas/brain-decision';
import type { Forecast } from '@atlas/brain-forecast';
import type { Layout } from '@atlas/control-layout';
import { WATCHING, type Autonomy } from './autonomy.ts';
import type { Counsel } from './council.ts';
import type { Plan } from './eyes.ts';
import type { Outcome } from './proposer.ts';

/** The shape that is in force, and what of it is not well. */
export interface Shape {
  readonly epoch: number;
  readonly layout: Layout;
  readonly crashed: readonly string[];
  /** Module → instances of its service that are ready, whether they serve or are kept warm; and bundles, in reserve or not. */
  readonly ready: Readonly<Record<string, number>>;
  /** What a switch that is not committed yet would put in force; null: there is none. */
  readonly coming: Layout | null;
  /** A switch is not through its trial, or a process starts: what is measured is of that. Absent: neither. */
  readonly unsettled?: boolean;
  /** What a trial took back just now; absent: nothing that is still to be seen. */
  readonly reverted?: Reverted;
  readonly autonomy: Autonomy;
}

/** A shape that a trial took back, and the epoch that it had. */
export interface Reverted {
  readonly epoch: number;
  readonly layout: Layout;
}

/** One decision with all that led to it. */
export interface Thought {
  readonly policy: string;
  readonly observation: Observation;
  readonly outlook: Outlook;
  /** The upper ends of the forecast's 80 % bands, or the means where those are higher. */
  readonly high: Outlook;
  /** What it remembered before. */
  readonly before: DecisionState;
  /** The table's. */
  readonly decision: Decision;
}

/** What was said of a thought, to whom, and what they answered. */
export interface SaidOf {
  /** Of the decision, and so of the switch that it leads to; null: nobody was told. */
  readonly key: string | null;
  readonly autonomy: Autonomy;
  /** What is proposed in the end, by whom, and what each advisor said; null: nobody was asked. */
  readonly counsel: Counsel | null;
  /** null: there was nothing to say, or it was said a while ago. */
  readonly outcome: Outcome | null;
  /** What the switcher said that the proposed move would do; null: it moves nothing, or the switcher did not say. */
  readonly plan: Plan | null;
  /** One sentence for each guardrail that the proposal breaks. */
  readonly guardrails: readonly string[];
}

/** Of a thought that nobody was told of. */
export const UNSAID: SaidOf = {
  key: null,
  autonomy: WATCHING,
  counsel: null,
  outcome: null,
  plan: null,
  guardrails: [],
};

/** A thought as it is stored: with what would have decided otherwise, nearest first. */
export interface StoredThought extends Thought, SaidOf {
  /** What is remembered after it. */
  readonly after: DecisionState;
  readonly otherwise: readonly Otherwise[];
  readonly forecasts: readonly Forecast[];
}

/** What a brain that starts again knows of its past. */
export interface Resumed {
  readonly state?: DecisionState | undefined;
  /** That the state is of. */
  readonly epoch?: number | undefined;
  /** When the last stored second was, ms since 1970; undefined when it is too long ago. */
  readonly seenAt?: number | undefined;
}
