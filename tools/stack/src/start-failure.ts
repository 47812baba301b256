/** What is said of a stack that did not start. */
import { StackError } from '@atlas/platform-stack';

const NO_RIGHT: readonly unknown[] = ['EACCES', 'EPERM'];

/** An error and what caused it. */
function* causes(error: unknown): Generator<Error> {
  for (let at = error; at instanceof Error; at = at.cause) yield at;
}

/** The file or folder of the stack that somebody else owns; undefined when that is not the reason. */
function notOurs(home: string, error: unknown): string | undefined {
  const paths = [...causes(error)].map((one) =>
    'path' in one && NO_RIGHT.includes(Reflect.get(one, 'code')) ? one.path : undefined,
  );
  return paths.filter((path) => typeof path === 'string').find((path) => path.startsWith(home));
}

/**
 * The error to throw instead: the signal's reason of a start that was given up, whatever it met on its way (Ctrl-C ends
 * initdb and migrations, too); the same error when there is nothing to add.
 */
export function startFailure(
  { home, signal }: { readonly home: string; readonly signal: AbortSignal },
  error: unknown,
): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof StackError) return error;
  const path = notOurs(home, error);
  if (path === undefined) return error;
  return new StackError(
    `no permission for ${path}: it belongs to another user, e.g. since a start as root; give it back with chown, or set ATLAS_HOME to a folder of yours`,
    error,
  );
}
