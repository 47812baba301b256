/**
 * At most one effect per key (E6), over `<schema>.idempotency_keys`.
 *
 * K1  The record is written in the effect's own transaction: either both are there or neither.
 * K2  Whoever comes second waits for the first's transaction; when that rolls back, it takes the effect over.
 * K3  Only definite outcomes are stored: an effect that throws leaves no record.
 */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { PlatformError, steadyNow } from '@atlas/coupling-runtime';
import type { Bounded, Database, Statement, Transaction } from './database.ts';

export interface EffectKey {
  /** Who may share answers, e.g. `session:operation`; keys of different scopes never meet. */
  readonly scope: string;
  readonly key: string;
  /** Hash of what was asked for (`bodyHash`): the same key with another body is a conflict. */
  readonly bodyHash: string;
}

export type KeyedOutcome<Answer> =
  | { readonly outcome: 'done'; readonly answer: Answer; readonly replayed: boolean }
  | { readonly outcome: 'conflict' }
  | { readonly outcome: 'in_progress' };

type Claim =
  | { readonly state: 'claimed' }
  | { readonly state: 'taken'; readonly bodyHash: string; readonly answer: unknown }
  /** Another transaction holds the key and did not end in time; this one can only be rolled back. */
  | { readonly state: 'busy' };

/** Kept back from the deadline, so that `in_progress` still reaches the caller in time. */
const ANSWER_MARGIN_MS = 50;
/** Between two looks at an effect in progress; no connection is held meanwhile. */
const RETRY_EVERY_MS = 25;
/** With less time than this another wait is not worth it. */
const LEAST_WAIT_MS = 100;

const CLAIM: Statement = {
  name: 'keys.claim',
  text: `INSERT INTO idempotency_keys (scope, key, body_hash) VALUES ($1, $2, $3)
         ON CONFLICT (scope, key) DO NOTHING RETURNING true AS claimed`,
};
const READ: Statement = {
  name: 'keys.read',
  text: 'SELECT body_hash AS "bodyHash", answer FROM idempotency_keys WHERE scope = $1 AND key = $2',
};
const STORE: Statement = {
  name: 'keys.store',
  text: 'UPDATE idempotency_keys SET answer = $3::jsonb WHERE scope = $1 AND key = $2',
};

/** Objects with sorted keys, so that equal bodies hash equally however they were written. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, part]) => [name, canonical(part)]),
  );
}

/** SHA-256 (base64url) of a JSON value, whatever the order of its members. */
export function bodyHash(body: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(body)) ?? '')
    .digest('base64url');
}

/** Takes the key for this transaction, or says who has it. Waits for its holder as long as `lock_timeout` allows. */
async function claimKey(tx: Transaction, key: EffectKey): Promise<Claim> {
  const claimed = await tx.query(CLAIM, [key.scope, key.key, key.bodyHash]).catch((error: unknown) => {
    if (error instanceof PlatformError && error.code === 'deadline_exceeded') return undefined;
    throw error;
  });
  if (claimed === undefined) return { state: 'busy' };
  if (claimed.length > 0) return { state: 'claimed' };
  const [row] = await tx.query<{ bodyHash: string; answer: unknown }>(READ, [key.scope, key.key]);
  return row ? { state: 'taken', ...row } : { state: 'busy' };
}

/**
 * Runs the effect in this transaction, or returns what was answered before. Costs one round trip: the answer travels
 * with the commit. After `in_progress` the transaction is rolled back.
 */
async function keyed<Answer extends object>(
  tx: Transaction,
  key: EffectKey,
  effect: () => Promise<Answer>,
): Promise<KeyedOutcome<Answer>> {
  const claim = await claimKey(tx, key);
  switch (claim.state) {
    case 'claimed': {
      const answer = await effect();
      tx.defer(STORE, [key.scope, key.key, JSON.stringify(answer)]);
      return { outcome: 'done', answer, replayed: false };
    }
    case 'taken':
      if (claim.bodyHash !== key.bodyHash) return { outcome: 'conflict' };
      return { outcome: 'done', answer: claim.answer as Answer, replayed: true };
    case 'busy':
      tx.abandon();
      return { outcome: 'in_progress' };
  }
}

/** Runs the effect in a transaction of its own, once per key; waits for a first caller until its deadline (K2). */
export async function keyedTransaction<Answer extends object>(
  database: Database,
  bound: Bounded,
  key: EffectKey,
  effect: (tx: Transaction) => Promise<Answer>,
): Promise<KeyedOutcome<Answer>> {
  const inner: Bounded = { deadlineAt: bound.deadlineAt - ANSWER_MARGIN_MS };
  for (;;) {
    const result = await database.transaction(inner, (tx) => keyed(tx, key, () => effect(tx)));
    if (result.outcome !== 'in_progress' || inner.deadlineAt - steadyNow() < LEAST_WAIT_MS) return result;
    await pause(RETRY_EVERY_MS);
  }
}
