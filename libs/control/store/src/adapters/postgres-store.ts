import type { Layout } from '@atlas/control-layout';
import { canonicalJson } from '../audit-chain.ts';
import { withFaultPoints, withHostFaultPoints } from '../fault-points.ts';
import { leaseMarks } from '../lease-marks.ts';
import { CHANNEL, PROGRESS_CHANNEL } from '../schema/host-functions.ts';
import type {
  AuditEntry,
  AutonomyRow,
  CommitResult,
  ControlStore,
  HostRecord,
  HostStore,
  Leadership,
  Lease,
  Renewal,
  StoreState,
  SwitchRow,
  TallyRow,
} from '../store.ts';
import { LEASE_MS, StaleLeaderError } from '../store.ts';
import {
  isStaleLeader,
  openConnection,
  type ConnectionOptions,
  type ControlConnection,
  type Statement,
} from './postgres-connection.ts';
import { SQL } from './postgres-statements.ts';

export interface PostgresStoreOptions extends Omit<ConnectionOptions, 'applicationName' | 'channels'> {
  /** `host`: what hosts may do (role `atlas_host`). `control`: everything (role `atlas_switcher`). */
  readonly role: 'host' | 'control';
  /** `instance:nonce` for hosts, so that fencing ends this session too; `atlas-control` by default. */
  readonly applicationName?: string;
}

/**
 * The coupling store in Postgres, over one dedicated connection that is opened at once and kept for ever.
 * While it is away every call rejects with `StoreUnavailableError`.
 */
export function createPostgresStore(
  options: PostgresStoreOptions & { readonly role: 'control' },
): ControlStore;
export function createPostgresStore(options: PostgresStoreOptions): HostStore;
export function createPostgresStore(options: PostgresStoreOptions): HostStore {
  const connection = openConnection({
    ...options,
    applicationName: options.applicationName ?? 'atlas-control',
    channels: options.role === 'control' ? [CHANNEL, PROGRESS_CHANNEL] : [CHANNEL],
  });
  const host: HostStore = {
    ...hostCalls(connection),
    watch: (onHint) => connection.watch(onHint),
    close: () => connection.close(),
  };
  if (options.role === 'host') return withHostFaultPoints(host);
  const control: ControlStore = {
    ...host,
    ...leaderCalls(connection),
    ...switchCalls(connection),
    ...autonomyCalls(connection),
    ...processCalls(connection),
    ...auditCalls(connection),
  };
  return withFaultPoints(control);
}

/** What `SQL.readState` answers with. */
interface StateDocument extends Omit<StoreState, 'leases'> {
  readonly leases: readonly { readonly lease: Lease; readonly renewedAt: number; readonly live: boolean }[];
}

function hostCalls(connection: ControlConnection): Omit<HostStore, 'watch' | 'close'> {
  return {
    readState: async () => {
      const document = (await connection.value(SQL.readState, [])) as StateDocument;
      const leases = document.leases.map(({ lease, renewedAt, live }) => ({ ...lease, renewedAt, live }));
      return { ...document, leases };
    },
    readLayout: async (epoch) => {
      const layout = (await connection.value(SQL.readLayout, [epoch])) as Layout | undefined;
      return layout === undefined ? undefined : { epoch, layout };
    },
    renewLease: async (lease, known) => {
      const { instance, nonce, acked, health } = lease;
      const values = [instance, nonce, JSON.stringify(lease), acked, health, leaseMarks(lease)];
      return (await connection.value(SQL.renewLease, [...values, known ?? null])) as Renewal;
    },
    releaseLease: async (instance, nonce) => {
      await connection.value(SQL.releaseLease, [instance, nonce]);
    },
    acquireLock: async (name, holder, ttlMs) => {
      const token = (await connection.value(SQL.acquireLock, [name, holder, ttlMs])) as number | null;
      return token === null ? undefined : { token };
    },
    reportTally: async (instance, nonce, tally) => {
      await connection.value(SQL.reportTally, [tally.epoch, instance, nonce, JSON.stringify(tally)]);
    },
    recordDeadLetter: async ({ module, operation, rootId, key, input }) => {
      const values = [module, operation, rootId, key, JSON.stringify(input ?? null)];
      await connection.value(SQL.recordDeadLetter, values);
    },
  };
}

type LeaderCalls = Pick<
  ControlStore,
  'acquireLeadership' | 'propose' | 'withdraw' | 'commit' | 'endTrial' | 'readTallies' | 'markDrained'
>;

/** A write in the name of a leader; the token is the first parameter of its function (S5). */
async function lead(
  connection: ControlConnection,
  statement: Statement,
  [token, ...rest]: readonly [token: number, ...rest: unknown[]],
): Promise<unknown> {
  try {
    return await connection.value(statement, [token, ...rest]);
  } catch (error) {
    if (isStaleLeader(error)) throw new StaleLeaderError(token);
    throw error;
  }
}

function leaderCalls(connection: ControlConnection): LeaderCalls {
  return {
    acquireLeadership: async (holder, ttlMs, token) => {
      const granted = await connection.value(SQL.acquireLeadership, [holder, ttlMs, token ?? null]);
      return (granted as Leadership | null) ?? undefined;
    },
    propose: async (token, basedOn, layout) => {
      const values = [token, basedOn, JSON.stringify(layout)] as const;
      const epoch = (await lead(connection, SQL.propose, values)) as number | null;
      return epoch === null ? undefined : { epoch, layout };
    },
    withdraw: async (token, epoch) => {
      await lead(connection, SQL.withdraw, [token, epoch]);
    },
    commit: async (token, from, to, onTrial = []) => {
      const trial = onTrial.length > 0 ? JSON.stringify({ epoch: to, modules: onTrial }) : null;
      return (await lead(connection, SQL.commit, [token, from, to, LEASE_MS, trial])) as CommitResult;
    },
    endTrial: async (token, epoch) => {
      await lead(connection, SQL.endTrial, [token, epoch]);
    },
    readTallies: (epoch) => connection.rows<TallyRow>(SQL.readTallies, [epoch]),
    markDrained: async (token, epoch) => {
      await lead(connection, SQL.markDrained, [token, epoch]);
    },
  };
}

function switchCalls(
  connection: ControlConnection,
): Pick<ControlStore, 'saveSwitch' | 'readSwitch' | 'listSwitches'> {
  return {
    saveSwitch: async (token, { id, version, state, open }, audit = [], beside = []) => {
      const entries = audit.map(canonicalJson);
      const values = [token, id, version, JSON.stringify(state ?? null), open, entries, beside] as const;
      return (await lead(connection, SQL.saveSwitch, values)) === true ? 'saved' : 'conflict';
    },
    readSwitch: async (id) => (await connection.rows<SwitchRow>(SQL.readSwitch, [id]))[0],
    listSwitches: ({ open, limit }) => connection.rows<SwitchRow>(SQL.listSwitches, [open ?? null, limit]),
  };
}

function autonomyCalls(connection: ControlConnection): Pick<ControlStore, 'saveAutonomy' | 'readAutonomy'> {
  return {
    saveAutonomy: async (token, { version, state }) => {
      const values = [token, version, JSON.stringify(state ?? null)] as const;
      return (await lead(connection, SQL.saveAutonomy, values)) === true ? 'saved' : 'conflict';
    },
    readAutonomy: async () => (await connection.rows<AutonomyRow>(SQL.readAutonomy, []))[0],
  };
}

type ProcessCalls = Pick<ControlStore, 'recordHost' | 'forgetHost' | 'listHosts' | 'recordExit' | 'fence'>;

function processCalls(connection: ControlConnection): ProcessCalls {
  return {
    recordHost: async (token, host, write) => {
      await lead(connection, SQL.recordHost, [token, host.instance, host.nonce, JSON.stringify(host), write]);
    },
    forgetHost: async (token, instance, nonce) => {
      await lead(connection, SQL.forgetHost, [token, instance, nonce]);
    },
    listHosts: async () => {
      const rows = await connection.rows<{ readonly host: HostRecord }>(SQL.listHosts, []);
      return rows.map((row) => row.host);
    },
    recordExit: async (token, { instance, nonce, cause }) => {
      await lead(connection, SQL.recordExit, [token, instance, nonce, cause]);
    },
    fence: async (token, instance, nonce) => {
      await lead(connection, SQL.fence, [token, instance, nonce]);
    },
  };
}

function auditCalls(connection: ControlConnection): Pick<ControlStore, 'appendAudit' | 'readAudit'> {
  return {
    appendAudit: async (token, body) => {
      const text = canonicalJson(body);
      const link = (await lead(connection, SQL.appendAudit, [token, text])) as Omit<AuditEntry, 'body'>;
      return { ...link, body: JSON.parse(text) as AuditEntry['body'] };
    },
    readAudit: ({ after, limit }) => connection.rows<AuditEntry>(SQL.readAudit, [after, limit]),
  };
}
