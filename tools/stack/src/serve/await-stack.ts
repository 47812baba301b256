/** An app stands on the foundation that `stack:serve` lays: it waits for it, and does not outlive it. */
import {
  isAlive,
  readRunFile,
  readStackFile,
  StackError,
  stackFilePath,
  type ProcessRow,
  type RunFile,
  type StackFile,
} from '@atlas/platform-stack';
import { setTimeout as wait } from 'node:timers/promises';

const LOOK_EVERY_MS = 200;
/** Beside Linux each look is a `ps`. */
const LOOK_WHILE_SERVING_MS = 1_000;

export interface ServedStack {
  readonly edgeUrl: string;
  /** The supervisor of the foundation. */
  readonly supervisor: ProcessRow;
}

/** Named from the moment when the stack file is written, not before. */
const isLaid = ({ acquirerUrl }: RunFile): boolean => acquirerUrl !== '';

async function lookFor(home: string): Promise<ServedStack | undefined> {
  const run = await readRunFile(home).catch(() => undefined);
  const supervisor = run?.processes.find(({ app }) => app === 'stack');
  if (!run || !supervisor || !isLaid(run) || !(await isAlive(supervisor))) return undefined;
  const { driver } = await readStackFile(stackFilePath(home));
  if (driver === 'external') return { edgeUrl: run.edgeUrl, supervisor };
  throw new StackError(`${home} belongs to a running npm start, which runs its hosts itself: stop it first`);
}

/** Resolves when the foundation is there. @throws StackError when another kind of stack is. */
export async function awaitStack(
  home: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<ServedStack> {
  for (let said = false; ; said = true) {
    const found = await lookFor(home);
    if (found) return found;
    if (!said) say('waiting for Postgres and acquirer (npx nx serve stack)');
    await wait(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** The stack file as it is now. */
export const stackFileOf = (home: string): Promise<StackFile> => readStackFile(stackFilePath(home));

/** A signal that fires when the supervisor has ended. */
export function endOf({ supervisor }: ServedStack): { readonly signal: AbortSignal; close(): void } {
  const controller = new AbortController();
  const gone = new StackError('the stack has ended');
  const timer = setInterval(() => {
    void isAlive(supervisor).then((alive) => (alive ? undefined : controller.abort(gone)));
  }, LOOK_WHILE_SERVING_MS);
  timer.unref();
  return { signal: controller.signal, close: () => clearInterval(timer) };
}
