import { auditHash, GENESIS_HASH } from '../audit-chain.ts';
import { withFaultPoints } from '../fault-points.ts';
import { leaseMarks, onlyAcksDiffer, publicPart } from '../lease-marks.ts';
import type { AuditBody, AuditEntry, ControlStore, HostStore, OnHint, SwitchRow } from '../store.ts';
import { LONGEST_LOCK_MS, StoreUnavailableError } from '../store.ts';
import {
  assertLeader,
  copy,
  hint,
  isCalm,
  forgetLater,
  isGone,
  keyOf,
  memoryState,
  notAcked,
  snapshotOf,
  tell,
  type MemoryState,
} from './memory-state.ts';

export interface MemoryStoreOptions {
  /** The store's clock, ms since 1970; `Date.now` by default. */
  readonly clock?: () => number;
  /** Shared by the stores of all imagined processes; a fresh one by default. */
  readonly state?: MemoryState;
  /** Whether its calls pass fault points; by default they do. A simulation passes its own. */
  readonly faultPoints?: boolean;
}

/** The coupling store of one imagined process, in memory: for tests, simulation and a single-process shop. */
export function createMemoryStore(options: MemoryStoreOptions = {}): ControlStore {
  const state = options.state ?? memoryState();
  const clock = options.clock ?? Date.now;
  const own = new Set<OnHint>();
  let closed = false;
  const now = (): number => {
    if (closed) throw new StoreUnavailableError('this store was closed');
    return clock();
  };
  const store: ControlStore = {
    ...hostCalls(state, now),
    ...leaderCalls(state, now),
    ...switchCalls(state, now),
    ...autonomyCalls(state, now),
    ...processCalls(state, now),
    ...auditCalls(state, now),
    watch: (onHint) => {
      const watcher: OnHint = (hint) => onHint(hint);
      own.add(watcher);
      state.watchers.add(watcher);
      return () => state.watchers.delete(watcher);
    },
    close: async () => {
      closed = true;
      for (const watcher of own) state.watchers.delete(watcher);
    },
  };
  return options.faultPoints === false ? store : withFaultPoints(store);
}

type Now = () => number;

function hostCalls(state: MemoryState, now: Now): Omit<HostStore, 'watch' | 'close'> {
  return {
    readState: async () => snapshotOf(state, now()),
    readLayout: async (epoch) => {
      now();
      const layout = state.layouts.get(epoch);
      return layout && { epoch, layout };
    },
    renewLease: async (lease, known) => {
      const renewedAt = now();
      if (isGone(state, lease)) return { fenced: true, storeNow: renewedAt, calm: false };
      const marks = leaseMarks(lease);
      const former = state.leases.get(keyOf(lease))?.marks ?? '';
      state.leases.set(keyOf(lease), { lease: copy({ ...lease, renewedAt, live: true }), renewedAt, marks });
      const ack = onlyAcksDiffer(former, marks);
      const { prepared } = state;
      const isLast = prepared !== null && notAcked(state, prepared, renewedAt).length === 0;
      if (publicPart(former) !== publicPart(marks)) tell(state);
      else if (former !== marks && (isLast || !ack)) hint(state);
      return { fenced: false, storeNow: renewedAt, calm: isCalm(state, known, renewedAt) };
    },
    releaseLease: async (instance, nonce) => {
      now();
      if (state.leases.delete(keyOf({ instance, nonce }))) tell(state);
    },
    acquireLock: async (name, holder, ttlMs) => {
      const at = now();
      const held = state.locks.get(name);
      if (held && held.holder !== holder && held.expiresAt > at) {
        state.locks.set(name, { ...held, expiresAt: Math.min(held.expiresAt, at + LONGEST_LOCK_MS) }); // S12
        return undefined;
      }
      const token = held?.holder === holder ? held.token : (held?.token ?? 0) + 1;
      state.locks.set(name, { holder, token, expiresAt: at + ttlMs });
      return { token };
    },
    reportTally: async (instance, nonce, tally) => {
      now();
      if (state.trial?.epoch === tally.epoch) state.tallies.set(keyOf({ instance, nonce }), copy(tally));
    },
    recordDeadLetter: async (letter) => {
      state.deadLetters.push(copy({ ...letter, at: now() }));
    },
  };
}

type LeaderCalls = Pick<
  ControlStore,
  'acquireLeadership' | 'propose' | 'withdraw' | 'commit' | 'endTrial' | 'readTallies' | 'markDrained'
>;

function leaderCalls(state: MemoryState, now: Now): LeaderCalls {
  return {
    acquireLeadership: async (holder, ttlMs, token) => {
      const at = now();
      const held = state.leadership;
      const renews = held !== undefined && held.holder === holder && held.token === token;
      if (!renews && held !== undefined && held.expiresAt > at) {
        state.leadership = { ...held, expiresAt: Math.min(held.expiresAt, at + LONGEST_LOCK_MS) }; // S12
        return undefined;
      }
      forgetLater(state, at);
      if (!renews) state.lastToken += 1;
      state.leadership = { holder, token: state.lastToken, expiresAt: at + ttlMs };
      return state.leadership;
    },
    propose: async (token, basedOn, layout) => {
      now();
      assertLeader(state, token);
      if (state.committed !== basedOn || state.prepared !== null) return undefined;
      state.lastEpoch += 1;
      const epoch = state.lastEpoch;
      const record = copy({ epoch, layout });
      state.layouts.set(epoch, record.layout);
      state.prepared = epoch;
      tell(state);
      return record;
    },
    withdraw: async (token, epoch) => {
      now();
      assertLeader(state, token);
      if (state.prepared !== epoch) return;
      state.prepared = null;
      tell(state);
    },
    commit: async (token, from, to, onTrial = []) => {
      const at = now();
      assertLeader(state, token);
      const { committed, prepared } = state;
      if (committed !== from || prepared !== to) return { outcome: 'conflict', committed, prepared };
      const missing = notAcked(state, to, at);
      if (missing.length > 0) return { outcome: 'not_acked', missing };
      state.committed = to;
      state.prepared = null;
      state.live = [...state.live, to];
      state.trial = onTrial.length > 0 ? { epoch: to, modules: [...onTrial] } : null;
      state.tallies.clear();
      tell(state, 'in-force');
      return { outcome: 'committed' };
    },
    endTrial: async (token, epoch) => {
      now();
      assertLeader(state, token);
      if (state.trial?.epoch !== epoch) return;
      state.trial = null;
    },
    readTallies: async (epoch) => {
      now();
      const rows = [...state.tallies]
        .filter(([, tally]) => tally.epoch === epoch)
        .sort(([a], [b]) => (a < b ? -1 : 1));
      return rows.map(([key, tally]) => {
        const [instance = '', nonce = ''] = key.split(':');
        return { instance, nonce, tally };
      });
    },
    markDrained: async (token, epoch) => {
      now();
      assertLeader(state, token);
      if (epoch === state.committed || !state.live.includes(epoch)) return;
      state.live = state.live.filter((live) => live !== epoch);
    },
  };
}

function switchCalls(
  state: MemoryState,
  now: Now,
): Pick<ControlStore, 'saveSwitch' | 'readSwitch' | 'listSwitches'> {
  return {
    saveSwitch: async (token, row, audit = [], beside = []) => {
      const at = now();
      assertLeader(state, token);
      const stored = state.switches.get(row.id);
      if (stored?.version === row.version) return isSameSwitch(stored, row) ? 'saved' : 'conflict';
      if ((stored?.version ?? 0) !== row.version - 1) return 'conflict';
      const isUnknown = ({ id, open }: SwitchRow): boolean => open && !beside.includes(id);
      if (!stored && [...state.switches.values()].some(isUnknown)) return 'conflict';
      state.switches.set(row.id, copy({ ...row, createdAt: stored?.createdAt ?? at }));
      for (const body of audit) append(state, at, body);
      return 'saved';
    },
    readSwitch: async (id) => {
      now();
      return state.switches.get(id);
    },
    listSwitches: async ({ open, limit }) => {
      now();
      const newestFirst = [...state.switches.values()].reverse();
      return newestFirst.filter((row) => open === undefined || row.open === open).slice(0, limit);
    },
  };
}

const isSameSwitch = (a: Omit<SwitchRow, 'createdAt'>, b: Omit<SwitchRow, 'createdAt'>): boolean =>
  a.open === b.open && JSON.stringify(a.state) === JSON.stringify(b.state);

function autonomyCalls(state: MemoryState, now: Now): Pick<ControlStore, 'saveAutonomy' | 'readAutonomy'> {
  return {
    saveAutonomy: async (token, row) => {
      now();
      assertLeader(state, token);
      const stored = state.autonomy;
      if (stored?.version === row.version) {
        return JSON.stringify(stored.state) === JSON.stringify(row.state) ? 'saved' : 'conflict';
      }
      if ((stored?.version ?? 0) !== row.version - 1) return 'conflict';
      state.autonomy = copy(row);
      return 'saved';
    },
    readAutonomy: async () => {
      now();
      return state.autonomy;
    },
  };
}

type ProcessCalls = Pick<ControlStore, 'recordHost' | 'forgetHost' | 'listHosts' | 'recordExit' | 'fence'>;

function processCalls(state: MemoryState, now: Now): ProcessCalls {
  return {
    recordHost: async (token, host, write) => {
      now();
      assertLeader(state, token);
      if (state.exits.has(keyOf(host))) return; // S10
      const former = state.hosts.get(keyOf(host));
      if (former?.token === token && former.write > write) return; // S10
      state.hosts.set(keyOf(host), { record: copy(host), token, write });
      if (former?.record.purpose === 'reserve' && host.purpose !== 'reserve') tell(state);
    },
    forgetHost: async (token, instance, nonce) => {
      now();
      assertLeader(state, token);
      state.hosts.delete(keyOf({ instance, nonce }));
    },
    listHosts: async () => {
      now();
      return [...state.hosts.values()].map(({ record }) => record).sort((a, b) => a.createdAt - b.createdAt);
    },
    recordExit: async (token, exit) => {
      const at = now();
      assertLeader(state, token);
      if (!state.exits.has(keyOf(exit))) state.exits.set(keyOf(exit), copy({ ...exit, at }));
      state.leases.delete(keyOf(exit));
      tell(state);
    },
    fence: async (token, instance, nonce) => {
      now();
      assertLeader(state, token);
      state.refused.add(keyOf({ instance, nonce }));
      state.leases.delete(keyOf({ instance, nonce }));
      tell(state);
    },
  };
}

/** S6. */
function append(state: MemoryState, at: number, body: AuditBody): AuditEntry {
  const last = state.audit.at(-1);
  const link = { at, body: copy(body), prevHash: last?.hash ?? GENESIS_HASH };
  const entry = Object.freeze({ seq: (last?.seq ?? 0) + 1, ...link, hash: auditHash(link) });
  state.audit.push(entry);
  return entry;
}

function auditCalls(state: MemoryState, now: Now): Pick<ControlStore, 'appendAudit' | 'readAudit'> {
  return {
    appendAudit: async (token, body) => {
      const at = now();
      assertLeader(state, token);
      return append(state, at, body);
    },
    readAudit: async ({ after, limit }) => {
      now();
      return state.audit.filter((entry) => entry.seq > after).slice(0, limit);
    },
  };
}
