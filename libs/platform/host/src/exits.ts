import type { Logger } from '@atlas/platform-telemetry';

/** Exit codes of a host; the driver takes every one but 0 as possible poison. */
export const EXIT = { retired: 0, failed: 1, fenced: 3 } as const;

/** Ends the process at once. */
export type Exit = (code: number) => void;

/**
 * Defects that nobody caught end the process with code 1, logged: a host in an unknown state must not serve on.
 * @returns what takes the handlers off again.
 */
export function exitOnDefects(logger: Logger, exit: Exit): () => void {
  const onDefect = (what: string) => (error: unknown) => {
    logger.fatal({ err: error }, what);
    exit(EXIT.failed);
  };
  const onRejection = onDefect('unhandled rejection');
  const onException = onDefect('uncaught exception');
  process.on('unhandledRejection', onRejection).on('uncaughtException', onException);
  return () => {
    process.off('unhandledRejection', onRejection).off('uncaughtException', onException);
  };
}
