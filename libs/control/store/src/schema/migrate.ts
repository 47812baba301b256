import type { ClientBase } from 'pg';
import { CONTROL_FUNCTIONS } from './control-functions.ts';
import { HOST_FUNCTIONS } from './host-functions.ts';
import { TABLES } from './tables.ts';

/** Names of the two database roles; made, without a password, when missing. */
export interface CouplingRoles {
  /** Hosts; `atlas_host` by default. */
  readonly host?: string;
  /** The switcher; `atlas_switcher` by default. */
  readonly switcher?: string;
}

const HOST_TABLES = ['control', 'news', 'layouts', 'leases', 'refused_nonces', 'exits', 'hosts'];
const SWITCHER_TABLES = [
  ...HOST_TABLES,
  'switches',
  'autonomy',
  'tallies',
  'locks',
  'dead_letters',
  'audit_log',
  'audit_head',
];
const HOST_CALLS = [
  'renew_lease',
  'release_lease',
  'acquire_lock',
  'report_tally',
  'record_dead_letter',
  'ms',
  'is_gone',
  'is_live',
];
const SWITCHER_CALLS = [
  ...HOST_CALLS,
  'acquire_leadership',
  'propose',
  'withdraw',
  'commit_epoch',
  'end_trial',
  'mark_drained',
  'save_switch',
  'save_autonomy',
  'record_host',
  'forget_host',
  'record_exit',
  'fence',
  'append_audit',
];

/**
 * Makes or renews the schema `coupling` and what the two roles may do in it: read some tables, call some functions,
 * write nothing directly. Both may use reserved connections, so that business pools cannot starve them.
 * @param client a superuser's connection, outside a transaction. Idempotent; safe to run twice at once.
 */
export async function migrateCoupling(client: ClientBase, roles: CouplingRoles = {}): Promise<void> {
  const host = roles.host ?? 'atlas_host';
  const switcher = roles.switcher ?? 'atlas_switcher';
  for (const role of [host, switcher]) await retryOnRace(() => makeRole(client, role));
  await client.query('begin');
  try {
    await client.query(`select pg_advisory_xact_lock(hashtext('atlas.coupling'))`);
    await client.query(TABLES);
    await client.query(HOST_FUNCTIONS);
    await client.query(CONTROL_FUNCTIONS);
    await client.query('revoke all on schema coupling from public');
    await client.query('revoke all on all functions in schema coupling from public');
    await grant(client, host, HOST_TABLES, HOST_CALLS);
    await grant(client, switcher, SWITCHER_TABLES, SWITCHER_CALLS);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function makeRole(client: ClientBase, role: string): Promise<void> {
  const name = client.escapeIdentifier(role);
  const found = await client.query('select from pg_roles where rolname = $1', [role]);
  if (found.rowCount === 0) await client.query(`create role ${name} login`);
  await client.query(`grant pg_use_reserved_connections to ${name}`);
}

async function grant(
  client: ClientBase,
  role: string,
  tables: readonly string[],
  functions: readonly string[],
): Promise<void> {
  const name = client.escapeIdentifier(role);
  const listed = (names: readonly string[]): string => names.map((each) => `coupling.${each}`).join(', ');
  await client.query(`revoke all on all tables in schema coupling from ${name}`);
  await client.query(`grant usage on schema coupling to ${name}`);
  await client.query(`grant select on ${listed(tables)} to ${name}`);
  await client.query(`grant execute on function ${listed(functions)} to ${name}`);
}

/** Roles belong to the whole server: migrations of two databases may meet there. */
const RACES = new Set(['23505', '42710', 'XX000']);

async function retryOnRace(change: () => Promise<void>, attempts = 5): Promise<void> {
  try {
    await change();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (attempts <= 1 || !RACES.has(code)) throw error;
    await retryOnRace(change, attempts - 1);
  }
}
