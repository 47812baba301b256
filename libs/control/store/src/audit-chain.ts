import { hash } from 'node:crypto';
import type { AuditEntry } from './store.ts';

/** `prevHash` of the first entry. */
export const GENESIS_HASH = '0'.repeat(64);

/** JSON with sorted keys and no white space: equal values have equal text, whatever way they travelled. */
export function canonicalJson(value: unknown): string {
  return write(JSON.parse(JSON.stringify(value ?? null)));
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${write(member)}`);
  return `{${members.join(',')}}`;
}

/** SHA-256, in hex, over `prevHash` and the canonical JSON of `at` and `body`. */
export function auditHash(entry: Pick<AuditEntry, 'at' | 'body' | 'prevHash'>): string {
  const text = entry.prevHash + canonicalJson({ at: entry.at, body: entry.body });
  return hash('sha256', text);
}

/** Whether a run of the audit log is whole, or where it is not. */
export type AuditVerdict =
  { readonly intact: true } | { readonly intact: false; readonly seq: number; readonly reason: string };

/**
 * Checks a run of audit entries, oldest first: numbered without gaps, each hash right, each chained to the one before.
 * @param from what the first entry must follow; the start of the log by default.
 */
export function verifyAudit(
  entries: readonly AuditEntry[],
  from: Pick<AuditEntry, 'seq' | 'hash'> = { seq: 0, hash: GENESIS_HASH },
): AuditVerdict {
  let previous = from;
  for (const entry of entries) {
    const reason = flawOf(entry, previous);
    if (reason !== undefined) return { intact: false, seq: entry.seq, reason };
    previous = entry;
  }
  return { intact: true };
}

function flawOf(entry: AuditEntry, previous: Pick<AuditEntry, 'seq' | 'hash'>): string | undefined {
  if (entry.seq !== previous.seq + 1)
    return `follows entry ${previous.seq}: an entry is missing or out of order`;
  if (entry.prevHash !== previous.hash) return 'does not continue the chain';
  if (entry.hash !== auditHash(entry)) return 'was changed after it was written';
  return undefined;
}
