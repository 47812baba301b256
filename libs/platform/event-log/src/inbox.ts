import type { Statement, Transaction } from '@atlas/platform-database';

/** One event as its consumer sees it. */
export interface InboxEntry {
  /** Who applies it, e.g. `shipping.applyOrderPaid`. */
  readonly consumer: string;
  readonly name: string;
  readonly aggregateId: string;
  readonly version: number;
}

/** `skipped`: applied before. `gap`: an earlier version is still missing; nothing was done, try again later. */
export type Applied = 'applied' | 'skipped' | 'gap';

const TAKE: Statement = {
  name: 'inbox.take',
  text: `INSERT INTO inbox AS i (consumer, name, aggregate_id, version)
         SELECT $1::text, $2::text, $3::text, $4::integer
         WHERE $4 = 1
            OR EXISTS (SELECT 1 FROM inbox WHERE consumer = $1 AND name = $2 AND aggregate_id = $3)
         ON CONFLICT (consumer, name, aggregate_id) DO UPDATE SET version = excluded.version
         WHERE i.version = excluded.version - 1
         RETURNING true AS taken`,
};
const VERSION: Statement = {
  name: 'inbox.version',
  text: 'SELECT version FROM inbox WHERE consumer = $1 AND name = $2 AND aggregate_id = $3',
};

/**
 * Applies the effect of version v of an aggregate if v−1 was the last one applied. The inbox row is
 * written in the effect's transaction, and held locked until it ends, so each version takes effect exactly once.
 */
export async function applyInOrder(
  tx: Transaction,
  entry: InboxEntry,
  effect: () => Promise<void>,
): Promise<Applied> {
  const aggregate = [entry.consumer, entry.name, entry.aggregateId];
  const taken = await tx.query(TAKE, [...aggregate, entry.version]);
  if (taken.length > 0) {
    await effect();
    return 'applied';
  }
  const [row] = await tx.query<{ version: number }>(VERSION, aggregate);
  return entry.version <= (row?.version ?? 0) ? 'skipped' : 'gap';
}
