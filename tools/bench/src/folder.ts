import { resetStack, StackError } from '@atlas/platform-stack';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchContext } from './bench.ts';

/** A StackError is for people; of anything else the stack tells more. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof StackError ? error.message : (error.stack ?? error.message);
}

async function remove(home: string): Promise<void> {
  await resetStack(home);
  await rm(home, { recursive: true, force: true });
}

/**
 * Runs `work` with a folder of its own, in which it ends whatever it starts. The folder goes with it, but stays when it
 * fails: why it did stands in the logs there.
 * @throws StackError that says what failed and names the folder; what `work` threw when it was interrupted
 */
export async function inFolder<T>(
  { signal }: Pick<BenchContext, 'signal'>,
  work: (home: string) => Promise<T>,
): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'atlas-bench-'));
  try {
    await chmod(home, 0o755); // Postgres runs unprivileged
    const result = await work(home);
    await remove(home);
    return result;
  } catch (error) {
    if (!signal.aborted) throw new StackError(`${wordsOf(error)}\nits logs: ${home}`, error);
    await remove(home);
    throw error;
  }
}
