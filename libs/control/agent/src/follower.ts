import { isDeepStrictEqual } from 'node:util';
import type { Layout, LayoutRecord } from '@atlas/control-layout';
import type { HostStore, LeaseRow, StoreState } from '@atlas/control-store';
import type { Calm } from './calm.ts';
import type { Contact } from './contact.ts';
import { judgeEndpoints } from './endpoint-judgement.ts';
import type { AgentLog } from './options.ts';
import { isWanted, OrphanWatch, type Self } from './orphan-watch.ts';
import { contradiction } from './stop-order.ts';
import type { AgentEndpoint, AgentRuntime } from './runtime.ts';

interface FollowerOptions {
  readonly store: HostStore;
  readonly host: Self;
  readonly runtime: AgentRuntime;
  readonly contact: Contact;
  readonly calm: Calm;
  readonly now: () => number;
  readonly log: AgentLog;
  /** Acks or closed epochs have changed. */
  readonly onNews: () => void;
  readonly onOrphaned: () => void;
  readonly onStopOrder: () => void;
  /** F9. */
  readonly onOpened: () => void;
  readonly onRefused: () => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Reads the store and makes the runtime follow it.
 *
 * F1  One read at a time; whoever asks during a read gets another one after it.
 * F2  A failed read changes nothing (E5).
 * F3  An epoch is put in force only when its layout is held and the endpoints of the same read are known.
 * F4  Only epochs before the one in force are forgotten: a later one may have been read for a call, ahead of us.
 * F5  A prepared layout is installed, hence acked, once the runtime is ready for it; one that is in force already does not
 *     wait. What was only read for a call, such as those that warm this host up, is held, but not acked.
 * F6  Counts of a trial begin anew when the store was away: what failed together with it says nothing of a layout.
 * F7  A request to stop is judged by a read that begins after it, however long that takes. Who has read nothing yet obeys,
 *     unless its first read is under way: then it waits for that.
 * F8  Only what somebody waits for is told at once: an epoch that is held now, and, of a bundle, one that is closed.
 * F9  A bundle that the books have in reserve hears when they have it there no more.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #orphans = new OrphanWatch();
  readonly #layouts = new Map<number, Layout>();
  /** Prepared epoch → whether the runtime is ready for it yet (F5). */
  readonly #readied = new Map<number, boolean>();
  #reading: Promise<boolean> | undefined = undefined;
  #again = false;
  #stopped = false;
  #known: readonly LeaseRow[] = [];
  #wasAway = false;
  #told: readonly AgentEndpoint[] | undefined;
  #frozen = '';
  #refused: ReadonlySet<string> = new Set();
  /** Undefined: it has read nothing yet. */
  #onBooks: boolean | undefined = undefined;
  #inReserve = false;
  /** F7: reads that begin from now on may judge it. */
  #asked: 'no' | 'asked' | 'judging' = 'no';

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** True when the store was read; never rejects. Joins a read that is under way (F1). */
  follow(): Promise<boolean> {
    if (this.#reading !== undefined) {
      this.#again = true;
      return this.#reading;
    }
    this.#again = false;
    this.#reading = this.#readOnce().finally(() => {
      this.#reading = undefined;
      if (this.#again && !this.#stopped) void this.follow();
    });
    return this.#reading;
  }

  /** Like `follow`, by a read that begins after this call. */
  async followAnew(): Promise<boolean> {
    if (this.#reading !== undefined) await this.#reading;
    return this.follow();
  }

  stop(): void {
    this.#stopped = true;
  }

  /** F6: of an outage that lay between two reads. */
  forgetTrial(): void {
    this.#options.runtime.setTrial(null);
  }

  /** F7. At once when no process driver keeps books of this host, as far as it knows. */
  askToStop(): void {
    if (!(this.#onBooks ?? this.#reading !== undefined)) return this.#options.onStopOrder();
    this.#asked = 'asked';
    void this.follow();
  }

  /** F5: what the lease acks. */
  get acked(): readonly number[] {
    return this.#options.runtime.held().filter((epoch) => this.#layouts.has(epoch));
  }

  /** As of the last read: it is to accept nobody yet. */
  get inReserve(): boolean {
    return this.#inReserve;
  }

  refuses(nonce: string): boolean {
    return this.#refused.has(nonce);
  }

  async #readOnce(): Promise<boolean> {
    const { store, contact, calm, onFailure } = this.#options;
    calm.reading();
    if (this.#asked === 'asked') this.#asked = 'judging';
    try {
      const state = await store.readState();
      const fresh = await this.#readLayouts(state);
      if (this.#stopped) return false;
      contact.read();
      this.#apply(state, fresh);
      return true;
    } catch (error) {
      this.#orphans.reset();
      if (this.#asked === 'judging') this.#asked = 'asked';
      this.#wasAway = true;
      if (!this.#stopped) onFailure(error);
      if (this.#onBooks === undefined) this.#obeyUnread();
      return false;
    }
  }

  /** Layouts of the live and prepared epochs that are not held yet. */
  async #readLayouts(state: StoreState): Promise<ReadonlyMap<number, Layout>> {
    const { runtime } = this.#options;
    const missing = epochsOf(state).filter((epoch) => !runtime.holds(epoch) || !this.#layouts.has(epoch));
    const records = await Promise.all(missing.map((epoch) => this.#recordOf(state, epoch)));
    return new Map(
      records
        .filter((record) => record !== undefined)
        .filter((record) => record.epoch <= state.committed || this.#isReadyFor(record))
        .map(({ epoch, layout }) => [epoch, layout] as const),
    );
  }

  /** What the state tells itself is not asked for. */
  async #recordOf(
    { prepared, preparedLayout }: StoreState,
    epoch: number,
  ): Promise<LayoutRecord | undefined> {
    if (epoch === prepared && preparedLayout) return { epoch, layout: preparedLayout };
    return this.#options.store.readLayout(epoch);
  }

  /** F5. Starts the runtime's preparation at the first question, and holds the layout when it is done. */
  #isReadyFor(record: LayoutRecord): boolean {
    const { runtime } = this.#options;
    const ready = this.#readied.get(record.epoch);
    if (runtime.prepare === undefined || ready !== undefined) return ready ?? true;
    this.#readied.set(record.epoch, false);
    void runtime.prepare(record).then(() => {
      this.#readied.set(record.epoch, true);
      if (!this.#stopped) this.#noting(() => this.#install(record.epoch, record.layout));
    });
    return false;
  }

  #apply(state: StoreState, fresh: ReadonlyMap<number, Layout>): void {
    const { runtime, host, calm, now, onOrphaned } = this.#options;
    this.#noting(() => {
      for (const [epoch, layout] of fresh) this.#install(epoch, layout);
      runtime.setExits(state.exits);
      this.#refuse(state);
      this.#tellEndpoints(state);
      if (state.committed > (runtime.current ?? 0) && runtime.holds(state.committed))
        runtime.setCurrent(state.committed);
      this.#followTrial(state);
      this.#forget(state);
    });
    const wanted = isWanted(host, state, [...this.#layouts.values()]);
    if (this.#orphans.saw(wanted, now())) onOrphaned();
    this.#judgeReserve(state);
    this.#judgeStop(state);
    calm.read(state, wanted && this.#isDone(state));
  }

  /** Whether the same state, read again, would ask nothing of this host. */
  #isDone({ committed }: StoreState): boolean {
    const { runtime } = this.#options;
    const [oldest] = runtime.held();
    return (
      runtime.current === committed &&
      oldest === committed &&
      this.#frozen === '' &&
      this.#known.every(({ live }) => live)
    );
  }

  /** F8. */
  #noting(act: () => void): void {
    const { runtime, host, onNews } = this.#options;
    const { acked } = this;
    const { current } = runtime;
    act();
    const closed = host.kind === 'bundle' && runtime.current !== current;
    if (closed || this.acked.some((epoch) => !acked.includes(epoch))) onNews();
  }

  /** F9. */
  #judgeReserve({ hosts }: StoreState): void {
    const { host, onOpened } = this.#options;
    const before = this.#inReserve;
    this.#inReserve = hosts.some(({ nonce, purpose }) => nonce === host.nonce && purpose === 'reserve');
    if (before && !this.#inReserve) onOpened();
  }

  /** F7. */
  #judgeStop(state: StoreState): void {
    const { host, log, onStopOrder } = this.#options;
    this.#onBooks = state.hosts.some(({ nonce }) => nonce === host.nonce);
    if (this.#asked !== 'judging') return;
    this.#asked = 'no';
    const why = contradiction(host, state, [...this.#layouts.values()]);
    if (why === null) onStopOrder();
    else log.warn({ why }, 'asked to stop, but goes on');
  }

  /** F7: its first read has failed. */
  #obeyUnread(): void {
    if (this.#asked === 'no') return;
    this.#asked = 'no';
    this.#options.onStopOrder();
  }

  /** S7 of the store: fenced, or known to have ended. */
  #refuse({ refused, exits }: StoreState): void {
    const { host, onRefused } = this.#options;
    const gone = [...refused, ...exits.map(({ nonce }) => nonce)].filter((nonce) => nonce !== host.nonce);
    const news = gone.some((nonce) => !this.#refused.has(nonce));
    this.#refused = new Set(gone);
    if (news) onRefused();
  }

  /** F6. */
  #followTrial({ trial }: StoreState): void {
    const { runtime } = this.#options;
    if (this.#wasAway) runtime.setTrial(null);
    this.#wasAway = false;
    runtime.setTrial(trial);
  }

  #install(epoch: number, layout: Layout): void {
    const { runtime, log } = this.#options;
    try {
      runtime.install({ epoch, layout });
      this.#layouts.set(epoch, layout);
    } catch (error) {
      log.error({ epoch, error }, 'this layout cannot be held here; its epoch is not acked');
    }
  }

  #forget(state: StoreState): void {
    const { runtime } = this.#options;
    const wanted = epochsOf(state);
    for (const epoch of runtime.held())
      if (epoch < state.committed && !wanted.includes(epoch)) runtime.forget(epoch);
    for (const kept of [this.#layouts, this.#readied])
      for (const epoch of kept.keys()) if (!wanted.includes(epoch)) kept.delete(epoch);
  }

  #tellEndpoints(state: StoreState): void {
    const { runtime, host, contact, log } = this.#options;
    const judgement = judgeEndpoints(this.#known, state, { self: host.nonce, mayJudge: contact.mayJudge });
    this.#known = judgement.kept;
    const frozen = judgement.frozen.join(', ');
    if (frozen !== this.#frozen && frozen !== '')
      log.warn({ instances: judgement.frozen }, 'many instances are silent at once: keeping them all');
    this.#frozen = frozen;
    const endpoints = judgement.kept.map(endpointOf);
    if (isDeepStrictEqual(this.#told, endpoints)) return;
    this.#told = endpoints;
    runtime.setEndpoints(endpoints);
  }
}

/** Live epochs and the prepared one, ascending. */
function epochsOf(state: StoreState): number[] {
  const epochs = new Set([...state.liveEpochs, state.committed, state.prepared ?? 0]);
  return [...epochs].filter((epoch) => epoch > 0).sort((a, b) => a - b);
}

const endpointOf = ({ instance, nonce, kind, modules, rpc, health }: LeaseRow): AgentEndpoint => ({
  instance,
  nonce,
  kind,
  modules,
  rpc,
  health,
});
