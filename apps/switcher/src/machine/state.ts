/**
 * The durable state of one switch: facts that never change, and the stage it is in.
 *
 * M1  A stage holds exactly what its phase needs; deadlines are data on it, on the store's clock.
 * M2  A switch ends in a value (`Ending`), never in an exception.
 * M3  Between plan and commit (`EXCLUSIVE` phases) there is at most one switch (E3).
 * M4  A revert names the switch that it undoes, and begins only while that one's epoch is in force.
 */
import type { Layout, LayoutRecord } from '@atlas/control-layout';
import type { Breach } from './trial.ts';

/** Who wants a switch, strongest first. */
export const PRIORITIES = ['emergency', 'revert', 'operator', 'brain'] as const;
export type Source = (typeof PRIORITIES)[number];

/**
 * `bootstrap` puts the first layout in force; `rollback` an earlier stable one, because somebody asks for it; `revert`
 * the one before, because a trial was failed. Only a `switch` is on trial.
 */
export type SwitchKind = 'bootstrap' | 'switch' | 'rollback' | 'revert';

/** Longest time from the start of prepare to the commit, ms. */
export const PREPARE_DEADLINE_MS = 30_000;
/**
 * Epochs that may be live at once (E3); a further switch waits in plan. The last is left to those that end a bad layout
 * (`endsBadLayout`): what is on trial may need one epoch more.
 */
export const MAX_LIVE_EPOCHS = 4;

export type AbortCode =
  | 'operator'
  | 'superseded'
  | 'prepare_timeout'
  | 'build_mismatch'
  /** A host of the target does not run, and the driver starts none. */
  | 'host_missing'
  /** The layout in force changed under it: another leader wrote. */
  | 'conflict';

export interface AbortReason {
  readonly code: AbortCode;
  /** One sentence for people. */
  readonly detail: string;
}

/**
 * What became of a trial. `passed` makes the layout stable; `none`: nothing moved, or it is a bootstrap, a rollback or a
 * revert, and as stable as what it goes back to; `superseded`: another layout came into force meanwhile; `kept`: failed,
 * but an operator called the revert off.
 */
export type TrialEnd = 'passed' | 'none' | 'superseded' | 'kept';

/** How a switch ends. `reverted` is reached only through a trial. */
export type Ending =
  | { readonly outcome: 'committed'; readonly trial: TrialEnd }
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'aborted'; readonly reason: AbortReason }
  | { readonly outcome: 'reverted'; readonly byEpoch: number; readonly detail: string };
export type Outcome = Ending['outcome'];

export type Stage =
  /** Accepted; waits for its turn, for a free epoch, and for a store that can be judged. */
  | { readonly phase: 'planned' }
  /** Hosts start and ack; `epoch` is null until the store has given one. */
  | { readonly phase: 'preparing'; readonly epoch: number | null; readonly deadlineAt: number }
  /** Everyone acked; the one transaction that decides is under way. */
  | { readonly phase: 'committing'; readonly epoch: number; readonly deadlineAt: number }
  /** Withdrawing; becomes `routed-wait` when a commit whose answer was lost turns out to have happened. */
  | { readonly phase: 'aborting'; readonly epoch: number | null; readonly reason: AbortReason }
  /** In force; edges still have to say that they admit under it. */
  | { readonly phase: 'routed-wait'; readonly epoch: number; readonly committedAt: number }
  /**
   * Calls of the moved modules are judged. The epoch before stays live, hence warm, however long ago its last root
   * has ended. With a `breach` it waits for the revert to come into force.
   */
  | {
      readonly phase: 'trial';
      readonly epoch: number;
      readonly committedAt: number;
      readonly deadlineAt: number;
      readonly breach: Breach | null;
    }
  /** Roots of the epoch before are running out. */
  | {
      readonly phase: 'draining';
      readonly epoch: number;
      readonly committedAt: number;
      readonly ending: Ending;
    }
  /** Stopping what no live epoch uses. */
  | {
      readonly phase: 'retiring';
      readonly epoch: number | null;
      readonly committedAt: number | null;
      readonly ending: Ending;
    }
  | {
      readonly phase: 'ended';
      readonly epoch: number | null;
      readonly committedAt: number | null;
      readonly ending: Ending;
      readonly endedAt: number;
    };
export type Phase = Stage['phase'];

/** Phases between plan and commit (E3). */
export const EXCLUSIVE: readonly Phase[] = ['preparing', 'committing', 'aborting'];

/** It can still be withdrawn. */
export const isBeforeCommit = (phase: Phase): boolean => phase === 'planned' || EXCLUSIVE.includes(phase);

/** Durations in ms; null until known. */
export interface Times {
  /** Decision → every live host acked. */
  readonly prepareMs: number | null;
  /** Decision → every live edge admits under the new epoch. */
  readonly routedMs: number | null;
  /** Commit → the epoch before is drained. */
  readonly drainMs: number | null;
}

/** A line for the audit log that still has to be written; `key` makes a repeated one recognisable. */
export interface Note {
  readonly key: string;
  readonly at: number;
  readonly event: 'committed' | 'aborting' | 'trial' | 'breach' | 'ended';
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface SwitchState {
  readonly id: string;
  readonly kind: SwitchKind;
  readonly source: Source;
  readonly reason: string;
  /** The layout it replaces, set anew when prepare begins; null when there was none (bootstrap). */
  readonly from: LayoutRecord | null;
  readonly to: Layout;
  /** Moment of the decision: all times count from here. */
  readonly decidedAt: number;
  /** SHA-256 of the request body when the client gave an `Idempotency-Key`. */
  readonly bodyHash: string | null;
  /** Set on a revert: the switch whose trial was failed, and the epoch that it had put in force (M4). */
  readonly undoes?: { readonly id: string; readonly epoch: number };
  readonly times: Times;
  readonly notes: readonly Note[];
  readonly stage: Stage;
}

/** What others need to know of an open switch. */
export type OpenSwitch = Pick<SwitchState, 'id' | 'source' | 'decidedAt' | 'to'> & {
  readonly phase: Phase;
  /** Once there is one. */
  readonly epoch: number | null;
  /** Id of the switch that it reverts, else null. */
  readonly undoes: string | null;
};

export const summaryOf = (state: SwitchState): OpenSwitch => ({
  id: state.id,
  source: state.source,
  decidedAt: state.decidedAt,
  to: state.to,
  phase: state.stage.phase,
  epoch: 'epoch' in state.stage ? state.stage.epoch : null,
  undoes: state.undoes?.id ?? null,
});

/** True when `a` is stronger than `b`. */
export const outranks = (a: Source, b: Source): boolean => PRIORITIES.indexOf(a) < PRIORITIES.indexOf(b);

/** Nothing is left to do and nothing left to write down. */
export const isClosed = (state: SwitchState): boolean =>
  state.stage.phase === 'ended' && state.notes.length === 0;

/** It takes back or rescues: the layout in force is bad, and must not stay so until something drains. */
export const endsBadLayout = ({ kind, source }: SwitchState): boolean =>
  kind === 'revert' || kind === 'rollback' || source === 'emergency';

/** The outcome as soon as it is certain, null before; a trial can still turn `committed` into `reverted`. */
export function outcomeOf(state: SwitchState): Outcome | null {
  const { stage } = state;
  if ('ending' in stage) return stage.ending.outcome;
  return stage.phase === 'routed-wait' || stage.phase === 'trial' ? 'committed' : null;
}
