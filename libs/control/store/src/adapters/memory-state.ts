/**
 * The truth of an in-memory coupling store: one object per imagined cluster, shared by all stores over it.
 *
 * M1  Every change happens in one synchronous step, so that it is a transaction.
 * M2  What goes in is copied as JSON and frozen, so that what comes out cannot be used to share memory.
 */
import type { Layout, Tally } from '@atlas/control-layout';
import type {
  AuditEntry,
  AutonomyRow,
  ExitRecord,
  Hint,
  HostRecord,
  Leadership,
  Lease,
  LeaseRow,
  OnHint,
  StoreState,
  SwitchRow,
  TrialMark,
} from '../store.ts';
import { EXITS_KEPT_MS, LEASE_MS, OVERDUE_AFTER_MS, StaleLeaderError } from '../store.ts';

export interface HeldLock {
  readonly holder: string;
  readonly token: number;
  readonly expiresAt: number;
}

/** Instance and nonce name one process, whatever is restarted under the same instance name. */
export type ProcessId = Pick<Lease, 'instance' | 'nonce'>;

export interface MemoryState {
  news: number;
  lastEpoch: number;
  committed: number;
  prepared: number | null;
  live: number[];
  trial: TrialMark | null;
  /** Of the epoch on trial, or of the last one that was. */
  readonly tallies: Map<string, Tally>;
  leadership: Leadership | undefined;
  lastToken: number;
  readonly layouts: Map<number, Layout>;
  /** Rows as they are read while they live. */
  readonly leases: Map<
    string,
    { readonly lease: LeaseRow; readonly renewedAt: number; readonly marks: string }
  >;
  readonly refused: Set<string>;
  readonly exits: Map<string, ExitRecord>;
  /** With the leader's token and number of the write that they are of (S10). */
  readonly hosts: Map<
    string,
    { readonly record: HostRecord; readonly token: number; readonly write: number }
  >;
  readonly switches: Map<string, SwitchRow>;
  autonomy: AutonomyRow | undefined;
  readonly locks: Map<string, HeldLock>;
  readonly audit: AuditEntry[];
  readonly deadLetters: unknown[];
  readonly watchers: Set<OnHint>;
}

export function memoryState(): MemoryState {
  return {
    news: 0,
    lastEpoch: 0,
    committed: 0,
    prepared: null,
    live: [],
    trial: null,
    tallies: new Map(),
    leadership: undefined,
    lastToken: 0,
    layouts: new Map(),
    leases: new Map(),
    refused: new Set(),
    exits: new Map(),
    hosts: new Map(),
    switches: new Map(),
    autonomy: undefined,
    locks: new Map(),
    audit: [],
    deadLetters: [],
    watchers: new Set(),
  };
}

/** M2. Written out: by way of a text it took a fifth of a simulated life. */
export const copy = <T>(value: T): T => copied(value) as T;

/** As `JSON.parse(JSON.stringify(value))`, frozen; undefined for what JSON leaves out. */
function copied(value: unknown): unknown {
  switch (typeof value) {
    case 'object':
      return value && copiedObject(value);
    case 'number':
      return Number.isFinite(value) ? value + 0 : null; // JSON knows no -0
    case 'string':
    case 'boolean':
      return value;
    default:
      return undefined;
  }
}

function copiedObject(value: object): object {
  if (Array.isArray(value)) return Object.freeze(value.map((item: unknown) => copied(item) ?? null));
  const fresh = { ...value } as Record<string, unknown>;
  for (const key of Object.keys(fresh)) {
    const item = fresh[key];
    const own = copied(item);
    if (own === undefined) Reflect.deleteProperty(fresh, key);
    else if (!Object.is(own, item)) fresh[key] = own;
  }
  return Object.freeze(fresh);
}

export const keyOf = (process: ProcessId): string => `${process.instance}:${process.nonce}`;

/** S7: whether the process may never hold a lease again. */
export const isGone = (state: MemoryState, process: ProcessId): boolean =>
  state.refused.has(keyOf(process)) || state.exits.has(keyOf(process));

/** S5. @throws StaleLeaderError */
export function assertLeader(state: MemoryState, token: number): void {
  if (token !== state.lastToken || token === 0) throw new StaleLeaderError(token);
}

/** Tells everybody; who only waits for progress is the switcher, so that is no news to hosts. */
export function tell(state: MemoryState, about: Hint = 'news'): void {
  state.news += 1;
  hint(state, about);
}

/** Hints come later, never inside the call that caused them. */
export function hint(state: MemoryState, about: Hint = 'news'): void {
  for (const watcher of [...state.watchers]) {
    // cheaper than `queueMicrotask`, which keeps an async resource for each
    void Promise.resolve().then(() => {
      if (state.watchers.has(watcher)) watcher(about);
    });
  }
}

/** Values in the order of their keys, each once. */
const byKey = <T>(map: ReadonlyMap<string, T>): T[] => [...map.keys()].sort().map((key) => map.get(key) as T);

function bookOf({ instance, nonce, purpose, stopOrder }: HostRecord): StoreState['hosts'][number] {
  return { instance, nonce, purpose, stopOrder: stopOrder ?? null };
}

/** One consistent read, as of `now`. */
export function snapshotOf(state: MemoryState, now: number): StoreState {
  return {
    storeNow: now,
    news: state.news,
    committed: state.committed,
    prepared: state.prepared,
    preparedLayout: (state.prepared !== null && state.layouts.get(state.prepared)) || null,
    liveEpochs: state.live,
    trial: state.trial,
    leases: byKey(state.leases).map(({ lease, renewedAt }) =>
      isLive(renewedAt, now) ? lease : { ...lease, live: false },
    ),
    exits: [...state.exits.values()].filter((exit) => exit.at > now - EXITS_KEPT_MS),
    refused: [...state.refused].map((key) => key.slice(key.indexOf(':') + 1)).sort(),
    leaderToken: state.lastToken,
    hosts: byKey(state.hosts).map(({ record }) => bookOf(record)),
  };
}

/** Whether a host that knows `known` need not read: see `Renewal`. */
export const isCalm = (state: MemoryState, known: number | undefined, now: number): boolean =>
  known === state.news &&
  [...state.leases.values()].every(({ renewedAt }) => renewedAt >= now - OVERDUE_AFTER_MS);

/** S12, of leases. */
export function forgetLater(state: MemoryState, now: number): void {
  for (const [key, row] of state.leases) {
    if (row.renewedAt <= now) continue;
    state.leases.set(key, { ...row, lease: { ...row.lease, renewedAt: now }, renewedAt: now });
  }
}

const isLive = (renewedAt: number, now: number): boolean => renewedAt > now - LEASE_MS;

/** S3: live instances that keep `epoch` from being committed. */
export function notAcked(state: MemoryState, epoch: number, now: number): string[] {
  return [...state.leases.values()]
    .filter(({ lease, renewedAt }) => isLive(renewedAt, now) && lease.health !== 'leaving')
    .filter(({ lease }) => !lease.acked.includes(epoch))
    .map(({ lease }) => lease.instance)
    .sort();
}
