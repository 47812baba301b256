import type { Layout, LayoutRecord, Tally } from '@atlas/control-layout';

/**
 * The coupling store: how everyone agrees. Two adapters (Postgres, in-memory), one conformance suite.
 *
 * S1  A layout row never changes; its epoch is never reused, not even after an abort.
 * S2  At most one epoch is in force and at most one is prepared; both change by compare-and-set under the leader token.
 * S3  Commit succeeds only if every live lease but those that are `leaving` has acked the prepared epoch, judged in the same
 *     transaction.
 * S4  All times are the store's clock. A lease lives `LEASE_MS` after its last renewal.
 * S5  A write with a leader token lower than the highest granted one is refused (`StaleLeaderError`).
 * S6  The audit log is append-only and hash-chained.
 * S7  A nonce that was fenced, or of whose exit there is evidence, has no lease any more and never gets one again.
 * S8  A call that cannot reach the store rejects with `StoreUnavailableError`, soon; it never hangs.
 * S9  The epoch in force is on trial from its commit on, by the same transaction, until its trial is ended or another epoch
 *     is put in force. Only its tallies are taken.
 * S10 The books say of a host what its leader wrote last: a write that arrives after a later one, or after the evidence of
 *     the host's exit, changes nothing. Whoever is not answered cannot know when, or whether, a write arrives.
 * S11 A switch begins only beside open ones that its maker knows: a first write that was given up, and arrives after another
 *     switch has begun, changes nothing; nor does that other one begin beside what arrived unseen.
 * S12 A clock that is set back keeps nothing alive for long. A lease of later than now ends as if it had been renewed when
 *     its leader next renews the lead; a lead, or a lock, `LONGEST_LOCK_MS` after somebody else has asked for it.
 */
export const LEASE_MS = 3_000;
/** Whoever asks for more has it only as long as nobody else asks. */
export const LONGEST_LOCK_MS = 60_000;
export const RENEW_EVERY_MS = 500;
export const POLL_EVERY_MS = 250;
/** A renewal is overdue when the former one is older than this. */
export const OVERDUE_AFTER_MS = 2 * RENEW_EVERY_MS;
/** How long `StoreState.exits` shows an exit: 10 minutes. */
export const EXITS_KEPT_MS = 600_000;

/** What a host says of itself every half second, and at once when something below changes. */
export interface Lease {
  /** Name that is unique among live processes, e.g. `cart-0`. */
  readonly instance: string;
  /** Drawn anew by each process (16 hex digits): tells a restarted instance from its predecessor. */
  readonly nonce: string;
  /** `bundle`: edge plus all modules. `service`: one module. A spare has no lease. */
  readonly kind: 'bundle' | 'service';
  /** Modules it can serve. */
  readonly modules: readonly string[];
  /** `host:port` of the RPC listener. */
  readonly rpc: string;
  /** Base URL of `/metrics`, `/healthz`, `/readyz`; null when the host has no such listener. */
  readonly metricsUrl: string | null;
  readonly pid: number;
  /** As `HostRecord.pidStartedAt`: whoever finds this host by its lease can tell it from a later process of that pid. */
  readonly pidStartedAt?: string | undefined;
  /** Build identity and contract hash: equal everywhere before a switch may commit. */
  readonly build: string;
  readonly contractHash: string;
  /**
   * `starting` until warm; only `ready` endpoints get calls; `leaving` refuses new ones; `reserve` is a bundle that is
   * warm and accepts no client.
   */
  readonly health: 'starting' | 'reserve' | 'ready' | 'leaving';
  /** Epochs whose layouts it holds. */
  readonly acked: readonly number[];
  /** It admits no more roots under this epoch or any earlier one; null when it never admits (services). */
  readonly closedThrough: number | null;
  /** Epoch → open roots that *it* admitted (bundles) . Zero counts may be left out. */
  readonly roots: Readonly<Record<string, number>>;
  /** Resident memory and the most it may use, for judging an exit. */
  readonly rssMb: number;
  readonly memoryLimitMb: number;
}

export interface LeaseRow extends Lease {
  /** On the store's clock, ms since 1970. */
  readonly renewedAt: number;
  readonly live: boolean;
}

/** Evidence that a process is gone. Written by the runtime driver, which saw or proved it. */
export interface ExitRecord {
  readonly instance: string;
  readonly nonce: string;
  /** `signal`: killed from outside with memory under its ceiling. Everything else may be poison. */
  readonly cause: 'signal' | 'exit' | 'abort' | 'out_of_memory' | 'unknown' | 'retired';
  readonly at: number;
}

/** The epoch in force is on trial (S9): calls of these modules are counted and timed. */
export interface TrialMark {
  readonly epoch: number;
  readonly modules: readonly string[];
}

/** What one host counted so far. */
export interface TallyRow {
  readonly instance: string;
  readonly nonce: string;
  readonly tally: Tally;
}

/**
 * What a hint is about. `news`: anything. `in-force`: which epoch is in force, and nothing else; edges wait for it.
 * `outage`: the link to the store was lost and is back, so that no read may have told of it.
 */
export type Hint = 'news' | 'in-force' | 'outage';
export type OnHint = (hint: Hint) => void;

/** One consistent read of all that hosts watch. */
export interface StoreState {
  readonly storeNow: number;
  /** Rises with everything that a hint tells hosts of. */
  readonly news: number;
  /** Epoch in force; 0 before the first layout. */
  readonly committed: number;
  /** Epoch being prepared, if any. */
  readonly prepared: number | null;
  /** Its layout: all who are to ack it need it at the same moment. */
  readonly preparedLayout: Layout | null;
  /** Epochs that are not yet drained, the one in force included, ascending. */
  readonly liveEpochs: readonly number[];
  /** Null when the epoch in force is not on trial. */
  readonly trial: TrialMark | null;
  readonly leases: readonly LeaseRow[];
  /** Of the last `EXITS_KEPT_MS`. */
  readonly exits: readonly ExitRecord[];
  /** Nonces that were fenced (S7), of the last `EXITS_KEPT_MS` at least. */
  readonly refused: readonly string[];
  /** Highest leader token that was granted; 0 before the first. */
  readonly leaderToken: number;
  /** Processes that the runtime driver keeps books of; empty when something else starts and stops hosts. */
  readonly hosts: readonly HostEntry[];
}

export type CommitResult =
  | { readonly outcome: 'committed' }
  /** These live instances have not acked: prepare goes on. */
  | { readonly outcome: 'not_acked'; readonly missing: readonly string[] }
  /** The epoch in force or the prepared one is not what the caller thinks. */
  | { readonly outcome: 'conflict'; readonly committed: number; readonly prepared: number | null };

/** The leader's right to write: `token` rises with every grant. */
export interface Leadership {
  readonly holder: string;
  readonly token: number;
  readonly expiresAt: number;
}

/** A host process as the process driver knows it: written before spawn, kept until its exit is recorded. */
export interface HostRecord {
  readonly instance: string;
  readonly nonce: string;
  readonly app: string;
  /** Null between record and spawn. */
  readonly pid: number | null;
  /** Start time of the pid as the operating system tells it; a pid is signalled only if it matches. */
  readonly pidStartedAt: string | null;
  readonly createdAt: number;
  /**
   * `serving`: named by a layout or by a prepared one; `keep_warm`, `spare`: kept though no layout names it; `reserve`:
   * a bundle that is to accept nobody until it is `serving`.
   */
  readonly purpose: 'serving' | 'keep_warm' | 'spare' | 'reserve';
  /** `keep_warm`, `reserve`: from then on nobody keeps it any more, on the store's clock, ms. */
  readonly keptUntil?: number;
  /** It is to stop: the token of the leader who ordered it. The order of an earlier leader is none any more. */
  readonly stopOrder?: number;
}

/** What a host may know of the driver's books: whether, and why, it is wanted (orphan rule), and whether it is to stop. */
export interface HostEntry extends Pick<HostRecord, 'instance' | 'nonce' | 'purpose'> {
  readonly stopOrder: number | null;
}

/**
 * Durable state of one switch; `state` is the switcher's own JSON, written by compare-and-set on `version`:
 * version 1 inserts, version n replaces n − 1 only. Saving the same version with the same state again is `saved`.
 */
export interface SwitchRow {
  readonly id: string;
  readonly version: number;
  readonly state: unknown;
  /** False once nothing of the switch is left to do (drained and retired, or aborted and cleaned up). */
  readonly open: boolean;
  readonly createdAt: number;
}

/**
 * What others than operators may do, and what they have asked for; `state` is the switcher's own JSON, written by
 * compare-and-set on `version` as a switch's is.
 */
export interface AutonomyRow {
  readonly version: number;
  readonly state: unknown;
}

export type AuditBody = Readonly<Record<string, unknown>>;

/** One line of the audit log; `hash` = SHA-256 over `prevHash` and the canonical JSON of `at` and `body`. */
export interface AuditEntry {
  readonly seq: number;
  readonly at: number;
  readonly body: AuditBody;
  readonly prevHash: string;
  readonly hash: string;
}

/** What the store says to a renewal. */
export interface Renewal {
  /** This nonce was refused for good (S7); the host must stop serving and exit. */
  readonly fenced: boolean;
  readonly storeNow: number;
  /** No hint has been due since `known`, and nobody's renewal is overdue; false when nothing was asked. */
  readonly calm: boolean;
}

/** What every host may do. */
export interface HostStore {
  readState(): Promise<StoreState>;
  /** Undefined when the epoch was never proposed. */
  readLayout(epoch: number): Promise<LayoutRecord | undefined>;
  /**
   * Upserts the lease. `known` is the `news` of the state that the host has read last: it may ask whether there is more.
   */
  renewLease(lease: Lease, known?: number): Promise<Renewal>;
  releaseLease(instance: string, nonce: string): Promise<void>;
  /** Replaces what this process has counted under an epoch; no effect unless that epoch is on trial (S9). */
  reportTally(instance: string, nonce: string, tally: Tally): Promise<void>;
  /** Hints only: may be lost, doubled, late, and a host may get none of others' acks. Callers also poll each `POLL_EVERY_MS`. Returns the unsubscribe function. */
  watch(onHint: OnHint): () => void;
  /**
   * Takes or renews a lock row; the fencing token rises with every new holder; undefined while another holds it.
   * A holder must be unique among processes and restarts (`instance:nonce`). `ttlMs` 0 gives the lock back.
   */
  acquireLock(name: string, holder: string, ttlMs: number): Promise<{ readonly token: number } | undefined>;
  /** Work that met a crashing host twice. */
  recordDeadLetter(letter: {
    readonly module: string;
    readonly operation: string;
    readonly rootId: string;
    readonly key: string | null;
    readonly input: unknown;
  }): Promise<void>;
  close(): Promise<void>;
}

/** What the switcher may do besides. Every write carries the leader token (S5). */
export interface ControlStore extends HostStore {
  /** Granted when nobody holds an unexpired leadership; renewed when `holder` already leads with `token`. `ttlMs` 0 resigns. */
  acquireLeadership(holder: string, ttlMs: number, token?: number): Promise<Leadership | undefined>;
  /** Writes the immutable row and makes it the prepared epoch. Undefined when `basedOn` is not in force or one is already prepared. */
  propose(token: number, basedOn: number, layout: Layout): Promise<LayoutRecord | undefined>;
  /** Aborts: nothing is prepared any more. No effect when `epoch` is not the prepared one. */
  withdraw(token: number, epoch: number): Promise<void>;
  /** Step 4 of the protocol: one transaction, S2 and S3. With modules on trial the new epoch is on trial (S9); none by default. */
  commit(token: number, from: number, to: number, onTrial?: readonly string[]): Promise<CommitResult>;
  /** The trial of this epoch is over. No effect when another, or none, is on trial. */
  endTrial(token: number, epoch: number): Promise<void>;
  /** Of every process that has counted under this epoch, gone ones included, by name. */
  readTallies(epoch: number): Promise<readonly TallyRow[]>;
  /** Takes an epoch that is not in force off the live ones. */
  markDrained(token: number, epoch: number): Promise<void>;

  /**
   * With what the audit log is to say of it, in the same transaction: all of it when the row is saved, nothing otherwise.
   * @param beside ids of the other open switches that are known; asked of a first version only (S11).
   */
  saveSwitch(
    token: number,
    row: Omit<SwitchRow, 'createdAt'>,
    audit?: readonly AuditBody[],
    beside?: readonly string[],
  ): Promise<'saved' | 'conflict'>;
  readSwitch(id: string): Promise<SwitchRow | undefined>;
  /** Newest first. */
  listSwitches(query: { readonly open?: boolean; readonly limit: number }): Promise<readonly SwitchRow[]>;

  saveAutonomy(token: number, row: AutonomyRow): Promise<'saved' | 'conflict'>;
  /** Undefined until it is saved for the first time. */
  readAutonomy(): Promise<AutonomyRow | undefined>;

  /** @param write number of this write among the leader's own, rising (S10). */
  recordHost(token: number, host: HostRecord, write: number): Promise<void>;
  forgetHost(token: number, instance: string, nonce: string): Promise<void>;
  listHosts(): Promise<readonly HostRecord[]>;
  /** Ends the lease at once (S7). The first evidence of a nonce stands. */
  recordExit(token: number, exit: Omit<ExitRecord, 'at'>): Promise<void>;
  /** Refuses the nonce for good and ends its database sessions (application_name = `instance:nonce`). */
  fence(token: number, instance: string, nonce: string): Promise<void>;

  appendAudit(token: number, body: AuditBody): Promise<AuditEntry>;
  /** Oldest first, `seq > after`. */
  readAudit(query: { readonly after: number; readonly limit: number }): Promise<readonly AuditEntry[]>;
}

export class StaleLeaderError extends Error {
  constructor(token: number) {
    super(`leader token ${token} was superseded by a newer leader; this switcher must stop writing`);
    this.name = 'StaleLeaderError';
  }
}

/** The store cannot be reached, or did not answer in time; whether a write took effect is then unknown. */
export class StoreUnavailableError extends Error {
  constructor(detail: string, cause?: unknown) {
    super(`the coupling store cannot be reached: ${detail}`, cause === undefined ? undefined : { cause });
    this.name = 'StoreUnavailableError';
  }
}
