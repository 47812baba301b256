/** `--reset`: forgetting everything that a stack wrote, but not what set-up brought (Node, caches). */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { endLeftovers } from './leftovers.ts';
import { removePostgres } from './postgres-place.ts';
import { lockStack } from './foundation.ts';

const STATE = ['acquirer', 'audit', 'logs', 'load', 'secrets.json', 'stack.json', 'run.json'];

/** @throws StackError when a stack runs in the folder. */
export async function resetStack(home: string): Promise<void> {
  const lock = await lockStack(home);
  try {
    await endLeftovers(home);
    await removePostgres(join(home, 'postgres'));
    for (const name of STATE) await rm(join(home, name), { recursive: true, force: true });
  } finally {
    await lock.release();
  }
}
