/** Exit codes of every command; scripts rely on them. */
export const EXIT = {
  /** Done, or unchanged. */
  done: 0,
  error: 1,
  usage: 2,
  /** Refused by policy. */
  refused: 3,
  aborted: 4,
  reverted: 5,
  /** Another switch is in progress, or the proposal is stale. */
  busy: 6,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Problem codes of the control API that have an exit code of their own. */
const BY_PROBLEM: Readonly<Record<string, ExitCode>> = {
  invalid_request: EXIT.usage,
  refused_by_policy: EXIT.refused,
  held_by_level: EXIT.refused,
  held_by_freeze: EXIT.refused,
  already_committed: EXIT.refused,
  already_ended: EXIT.refused,
  nothing_to_roll_back_to: EXIT.refused,
  switch_in_progress: EXIT.busy,
  stale: EXIT.busy,
};

export const exitCodeOfProblem = (code: string): ExitCode => BY_PROBLEM[code] ?? EXIT.error;

export function exitCodeOfOutcome(outcome: string | null): ExitCode {
  if (outcome === 'aborted') return EXIT.aborted;
  return outcome === 'reverted' ? EXIT.reverted : EXIT.done;
}

/** Ends a command with one line and an exit code. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  /** The problem document, when the control API sent one. */
  readonly problem: Readonly<Record<string, unknown>> | undefined;
  constructor(message: string, exitCode: ExitCode, problem?: Readonly<Record<string, unknown>>) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
    this.problem = problem;
  }
}
