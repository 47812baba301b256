/** What a controller decides, and what it remembers from one decision to the next. Data. */
import type { Layout } from '@atlas/control-layout';
import type { Observation, Outlook } from './observation.ts';
import type { Policy } from './policy.ts';

/** A rung that failed, and when last, ms of trace time. */
export interface TakenBack {
  readonly rung: string;
  /** The epoch of the last revert: one revert counts once. null: none of it was ever in force. */
  readonly epoch: number | null;
  readonly times: number;
  readonly atMs: number;
  /** What became of it the last time, to follow its name. */
  readonly why?: string;
  /** Services of it did not start. */
  readonly late?: boolean;
}

/** What the reactive controller remembers from look to look. */
export interface Reactive {
  readonly polledAtMs: number;
  /** What it has wanted since when; null: to stay. */
  readonly wish: { readonly side: 'rise' | 'fall'; readonly sinceMs: number } | null;
}

/** What is remembered from decision to decision; durable in the brain's store. */
export interface DecisionState {
  /** Since when the rate has been below the present rung's `leaveRps`; null when it is not. */
  readonly lowSinceMs: number | null;
  /** When the shop last moved, or began to; null: never, as far as is known. */
  readonly movedAtMs: number | null;
  /** Rungs that failed lately. */
  readonly takenBack?: readonly TakenBack[];
  /** Of the reactive controller only. */
  readonly reactive?: Reactive;
}

export const INITIAL_STATE: DecisionState = { lowSinceMs: null, movedAtMs: null };

/**
 * What is remembered once a move was truly begun, of what was before. A decision alone moves nothing: the switcher may
 * refuse it.
 */
export const moved = (atMs: number, { takenBack }: Pick<DecisionState, 'takenBack'> = {}): DecisionState => ({
  ...{ lowSinceMs: null, movedAtMs: atMs },
  ...(takenBack && { takenBack }),
});

export type RuleName = 'crash' | 'anomaly' | 'overload' | 'strain' | 'rise' | 'fall' | 'pre-warm' | 'stay';

export interface Rule {
  readonly name: RuleName;
  readonly fired: boolean;
  /** One sentence with the numbers. */
  readonly because: string;
}

export type Proposal =
  | {
      readonly kind: 'move';
      readonly source: 'brain' | 'emergency';
      readonly rung: number;
      readonly to: Layout;
    }
  /** Start what the layout needs, and switch nothing yet. */
  | { readonly kind: 'pre-warm'; readonly rung: number; readonly to: Layout }
  | { readonly kind: 'none' };

export interface Decision {
  readonly proposal: Proposal;
  /** The rule that decided. */
  readonly rule: RuleName;
  /** All rules in the order of their rank, those after the deciding one included. */
  readonly rules: readonly Rule[];
  /** What to remember; once it is moved, `moved`. */
  readonly state: DecisionState;
}

/** What turns what is seen and expected into a decision. Pure. */
export type Controller = (
  seen: Observation,
  outlook: Outlook,
  policy: Policy,
  state: DecisionState,
) => Decision;
