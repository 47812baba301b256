/** The stack cannot start or run for a reason that the person in front of it can act on: one line, no stack trace. */
export class StackError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StackError';
  }
}
