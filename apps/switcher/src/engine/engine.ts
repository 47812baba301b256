/**
 * Runs the switch machine: observe (store and driver) → advance → persist → effects, again and again.
 *
 * N1  Turns never overlap; commands of the API run between them.
 * N2  Nothing is written without the lead; after a loss the engine only watches until it leads again.
 * N3  A new state is in the store before any of its effects starts, and `run.json` names the live hosts before a
 *     switch reports `committed`.
 * N4  A store that is away stops nothing: the engine keeps its last look, says so, and tries again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  POLL_EVERY_MS,
  StaleLeaderError,
  StoreUnavailableError,
  type ControlStore,
  type StoreState,
} from '@atlas/control-store';
import {
  advance,
  firstLayout,
  isFrozen,
  tend,
  type Effect,
  type Observation,
  type ShopShape,
  type SwitchState,
} from '../machine/index.ts';
import type { RunRegistry, RunRow } from '../ports/run-registry.ts';
import type { HostLedger, RuntimeDriver } from '../ports/runtime-driver.ts';
import { afterPhase, passed } from './fault-points.ts';
import { Feed } from './feed.ts';
import { Leadership, NotLeaderError } from './leadership.ts';
import { LayoutCache, observe } from './observe.ts';
import { Performer } from './performer.ts';
import { StoreLedger } from './store-ledger.ts';
import { SwitchBook } from './switch-book.ts';
import { hostInfos, layoutInfo, switchView } from './views.ts';

export interface EngineOptions {
  readonly store: ControlStore;
  /** Makes the driver over the engine's books. */
  readonly driver: (ledger: HostLedger) => RuntimeDriver;
  readonly registry: RunRegistry;
  readonly shop: ShopShape;
  /** Unique among switchers and their restarts. */
  readonly holder: string;
  readonly say: (message: string, details: Readonly<Record<string, unknown>>) => void;
  /** Monotonic, ms; `performance.now` by default. */
  readonly clock?: () => number;
  /** Draws ids of switches. */
  readonly draw: () => string;
}

/** Poll while a switch is open, ms; without one `POLL_EVERY_MS` is enough. */
const BUSY_POLL_MS = 100;
/** Steps of one switch in one turn: more than the longest path, so only a defect reaches it. */
const STEPS_AT_MOST = 16;

/** What the engine last saw. */
export interface Sight {
  readonly seen: Observation;
  /** On the monotonic clock. */
  readonly at: number;
}

export class Engine {
  readonly feed = new Feed();
  readonly book: SwitchBook;
  readonly leadership: Leadership;
  readonly driver: RuntimeDriver;
  readonly #options: EngineOptions;
  readonly #clock: () => number;
  readonly #ledger: StoreLedger;
  readonly #layouts: LayoutCache;
  readonly #performer: Performer;
  readonly #abortRequests = new Map<string, string>();
  #sight: Sight | undefined;
  #contactSince: number | undefined;
  #changedAt = 0;
  #published = '';
  #queue: Promise<unknown> = Promise.resolve();
  #again = false;
  #running: AbortController | undefined;
  #loop: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    const { store } = options;
    this.leadership = new Leadership(store, options.holder, this.#clock);
    this.#ledger = new StoreLedger(store, this.leadership, this.#clock);
    this.book = new SwitchBook(store, this.leadership);
    this.driver = options.driver(this.#ledger);
    this.#layouts = new LayoutCache(store);
    const { leadership, driver } = this;
    this.#performer = new Performer({ store, leadership, driver, look: () => this.#look() });
  }

  get shop(): ShopShape {
    return this.#options.shop;
  }

  get store(): ControlStore {
    return this.#options.store;
  }

  /** The last look, however old. */
  get sight(): Sight | undefined {
    return this.#sight;
  }

  /** Whether the last contact with the store went well, and how old the last look is, ms. */
  contact(): { readonly contact: boolean; readonly ageMs: number } {
    const ageMs = this.#sight ? Math.round(this.#clock() - this.#sight.at) : 0;
    return { contact: this.#contactSince !== undefined, ageMs };
  }

  /** When the layout in force was put in force, as far as this switcher knows; 0 when it does not. */
  get changedAt(): number {
    return this.#changedAt;
  }

  start(): void {
    const running = new AbortController();
    this.#running = running;
    const forget = [this.store.watch(() => this.wake()), this.driver.onChange(() => this.wake())];
    this.#loop = this.#run(running.signal).finally(() => forget.forEach((stop) => stop()));
  }

  /** Ends the loop and gives the lead back. Hosts go on. */
  async stop(): Promise<void> {
    this.#running?.abort();
    this.wake();
    await this.#loop;
    this.driver.close();
    await this.leadership.resign();
  }

  /** Asks for a turn soon. */
  wake(): void {
    this.#again = true;
    this.#wake?.();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#again = false;
      await this.turn();
      if (!this.#again && !signal.aborted) await this.#rest();
    }
  }

  async #rest(): Promise<void> {
    const enough = new AbortController();
    this.#wake = () => enough.abort();
    const ms = this.book.open().length > 0 ? BUSY_POLL_MS : POLL_EVERY_MS;
    await sleep(ms, undefined, { signal: enough.signal }).catch(() => undefined);
    this.#wake = undefined;
  }

  /** N1. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#queue.then(work);
    this.#queue = next.catch(() => undefined);
    return next;
  }

  /** One turn. Never rejects: what went wrong is said, and tried again at the next. */
  turn(): Promise<void> {
    return this.#alone(() => this.#turn()).catch((error: unknown) => this.#failed(error));
  }

  /**
   * Runs a command between turns on a fresh look.
   * @throws NotLeaderError when this switcher does not lead; what the store throws when it is away.
   */
  command<T>(work: (seen: Observation) => Promise<T>): Promise<T> {
    return this.#alone(async () => {
      this.leadership.token();
      await this.book.refresh();
      try {
        return await work(await this.#look());
      } finally {
        this.wake();
      }
    });
  }

  /** A wish that a switch go away before its commit; forgotten once it is past that. */
  requestAbort(id: string, detail: string): void {
    this.#abortRequests.set(id, detail);
  }

  async #look(): Promise<Observation> {
    const state = await this.store.readState();
    return this.#saw(state);
  }

  async #saw(state: StoreState): Promise<Observation> {
    this.#ledger.saw(state);
    this.#contactSince ??= this.#clock();
    const seen = await observe(
      {
        state,
        driven: this.driver.hosts(),
        open: this.book.summaries(),
        abortRequests: [...this.#abortRequests].map(([id, detail]) => ({ id, detail })),
        bundle: this.shop.bundle,
        contactMs: this.#clock() - this.#contactSince,
      },
      this.#layouts,
    );
    this.#sight = { seen, at: this.#clock() };
    return seen;
  }

  async #turn(): Promise<void> {
    const gained = await this.leadership.keep();
    if (gained) await this.#takeOver();
    await this.book.refresh();
    if (this.leadership.held) await this.driver.settle();
    const seen = await this.#look();
    this.#tellNews(seen);
    if (!this.leadership.held) return;
    await this.#publish(seen);
    await this.#bootstrap(seen);
    for (const effect of tend(seen)) await this.#perform(effect);
    for (const { id } of this.book.open()) await this.#advance(id, seen);
  }

  /** Loads what an earlier leader left: open switches of every phase, and its hosts. */
  async #takeOver(): Promise<void> {
    this.#options.say('leading', { holder: this.leadership.holder });
    const state = await this.store.readState();
    this.#ledger.saw(state);
    await this.book.load();
    await this.driver.adopt(await this.store.listHosts());
    for (const switched of this.book.open()) this.#noteChange(switched);
  }

  async #bootstrap(seen: Observation): Promise<void> {
    if (seen.committed !== null || this.book.open().length > 0) return;
    await this.book.save({
      id: this.#options.draw(),
      kind: 'bootstrap',
      source: 'operator',
      reason: 'the first layout',
      from: null,
      to: firstLayout(this.shop),
      decidedAt: seen.now,
      bodyHash: null,
      times: { prepareMs: null, routedMs: null, drainMs: null },
      notes: [],
      stage: { phase: 'planned' },
    });
  }

  async #advance(id: string, seen: Observation): Promise<void> {
    for (let step = 0; step < STEPS_AT_MOST; step += 1) {
      const state = await this.#withNotesWritten(id);
      if (!state) return;
      const next = advance(state, { ...seen, open: this.book.summaries() });
      if (next.state !== state) await this.#persist(next.state);
      for (const effect of next.effects) await this.#perform(effect);
      if (next.effects.some(({ kind }) => kind !== 'stop' && kind !== 'start')) this.#again = true;
      if (next.effects.length > 0 || next.state === state) return;
    }
  }

  /** Notes for the audit log go out before the next step; a crash in between repeats one, never loses one. */
  async #withNotesWritten(id: string): Promise<SwitchState | undefined> {
    const state = this.book.get(id);
    if (!state || state.notes.length === 0) return state;
    for (const { key, at, event, detail } of state.notes) {
      await this.store.appendAudit({ event, key, switch: id, occurredAt: at, ...detail });
    }
    await this.book.save({ ...state, notes: [] });
    return this.book.get(id);
  }

  /** N3. Also used for a switch that is new. */
  async #persist(state: SwitchState): Promise<void> {
    const before = this.book.get(state.id)?.stage.phase;
    await passed('engine.persist.before');
    await this.book.save(state);
    await passed('engine.persist.after');
    const { phase } = state.stage;
    if (before === phase) return;
    this.#noteChange(state);
    this.#options.say('switch', { id: state.id, phase });
    this.feed.tell({ event: 'switch', data: switchView(state) });
    await afterPhase(phase);
  }

  /** Takes a judged proposal on. Call within `command`. */
  async take(state: SwitchState): Promise<void> {
    await this.#persist(state);
  }

  #noteChange({ id, stage }: SwitchState): void {
    if ('committedAt' in stage && stage.committedAt !== null) {
      this.#changedAt = Math.max(this.#changedAt, stage.committedAt);
      this.#abortRequests.delete(id);
    }
    if (stage.phase === 'ended') this.#abortRequests.delete(id);
  }

  /** An effect that fails is asked for again by the next look; only the store's and the lead's loss end the turn. */
  async #perform(effect: Effect): Promise<void> {
    try {
      await this.#performer.perform(effect);
    } catch (error) {
      if (effect.kind !== 'start' && effect.kind !== 'stop') throw error;
      this.#options.say('effect failed', { ...effect, error: String(error) });
    }
  }

  #tellNews(seen: Observation): void {
    if (seen.committed) {
      const data = layoutInfo(seen.committed);
      this.feed.tellIfNew({ event: 'layout', data }, data.epoch);
    }
    const hosts = hostInfos(seen, this.pids());
    const mark = hosts.map(({ instance, nonce, pid, health, stopping }) => [
      instance,
      nonce,
      pid,
      health,
      stopping,
    ]);
    this.feed.tellIfNew({ event: 'hosts', data: hosts }, mark);
  }

  /** Nonce → pid of the hosts on the driver's books. */
  pids(): ReadonlyMap<string, number | null> {
    return new Map(this.driver.hosts().map(({ nonce, pid }) => [nonce, pid]));
  }

  /** N3. A file that cannot be written is said and tried again; it does not hold up a switch. */
  async #publish(seen: Observation): Promise<void> {
    const rows = this.#runRows(seen);
    const text = JSON.stringify(rows);
    if (text === this.#published) return;
    try {
      await this.#options.registry.publish(rows);
      this.#published = text;
    } catch (error) {
      this.#options.say('run.json could not be written', { error: String(error) });
    }
  }

  /** One row for each host that runs and has shown its address. */
  #runRows(seen: Observation): RunRow[] {
    const leases = new Map(seen.hosts.map(({ nonce, lease }) => [nonce, lease]));
    return this.driver.hosts().flatMap(({ app, instance, nonce, pid, pidStartedAt, state }) => {
      const lease = leases.get(nonce);
      if (!lease || pid === null || pidStartedAt === null || state === 'gone') return [];
      return [{ app, instance, pid, startTime: pidStartedAt, rpc: lease.rpc, metricsUrl: lease.metricsUrl }];
    });
  }

  /** N2, N4. */
  #failed(error: unknown): void {
    if (error instanceof StaleLeaderError || error instanceof NotLeaderError) {
      this.leadership.lose();
      this.#options.say('no longer leading', { error: error.message });
      return;
    }
    if (!(error instanceof StoreUnavailableError)) {
      this.#options.say('turn failed', { error: String(error) });
      return;
    }
    if (this.#contactSince !== undefined) this.#options.say('store away', { error: error.message });
    this.#contactSince = undefined;
  }

  /** Nothing is started, stopped or committed for now. */
  get frozen(): boolean {
    return this.#sight !== undefined && isFrozen(this.#sight.seen);
  }
}
