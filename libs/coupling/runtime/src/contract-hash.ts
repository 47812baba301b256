import { createHash } from 'node:crypto';
import type { Contract } from './contract.ts';

/** JSON with the keys of every object in order, so that equal data has equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${entries.join(',')}}`;
}

/**
 * Identity of a set of contracts: SHA-256 (64 hex digits) over their canonical JSON. Independent of the order of
 * contracts, operations and keys; equal everywhere before a switch may commit.
 */
export function contractHash(contracts: readonly Contract[]): string {
  const texts = contracts.map((contract) => canonicalJson(contract)).sort();
  return createHash('sha256')
    .update(`[${texts.join(',')}]`)
    .digest('hex');
}
