import { BusinessError, PlatformError } from './errors.ts';

/** What the end of a call says about the layout that it ran under. */
export type OutcomeKind = 'answer' | 'error' | 'late' | 'ignored';

/** Platform codes that say something else than "error"; every other one is an error of whoever served the call. */
const SPECIAL: Readonly<Record<string, OutcomeKind>> = {
  deadline_exceeded: 'late',
  overloaded: 'late',
  // The caller's own doing.
  cancelled: 'ignored',
  root_ended: 'ignored',
};

/** Business errors are answers; an error without a code is a defect. @param error undefined: the call went well. */
export function kindOf(error: unknown): OutcomeKind {
  if (error === undefined || error instanceof BusinessError) return 'answer';
  return error instanceof PlatformError ? (SPECIAL[error.code] ?? 'error') : 'error';
}
