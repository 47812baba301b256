/**
 * Runs the switch machine: observe (store and driver) → advance → persist → effects, again and again.
 *
 * N1  Turns never overlap; commands of the API run between them.
 * N2  Nothing is written without the lead, nor before the takeover is complete; after a loss the engine only watches
 *     until it leads again.
 * N3  A new state is in the store before any of its effects starts, and `run.json` names the live hosts before a
 *     switch reports `committed`.
 * N4  A store that is away stops nothing: the engine keeps its last look, says so, and tries again.
 */
import {
  POLL_EVERY_MS,
  StaleLeaderError,
  StoreUnavailableError,
  type AuditBody,
  type ControlStore,
  type Hint,
} from '@atlas/control-store';
import {
  firstLayout,
  isOver,
  settled,
  tend,
  undoing,
  type Effect,
  type EffectKind,
  type Observation,
  type ShopShape,
  type SwitchState,
  type Table,
} from '../machine/index.ts';
import { passed } from '../passed.ts';
import type { RunRegistry } from '../ports/run-registry.ts';
import type { HostLedger, RuntimeDriver } from '../ports/runtime-driver.ts';
import { AbortRequests } from './abort-requests.ts';
import { AutonomyBook } from './autonomy-book.ts';
import { afterPhase } from './fault-points.ts';
import { Feed } from './feed.ts';
import { Herald } from './herald.ts';
import { LEADER_RENEW_MS, Leadership, NotLeaderError } from './leadership.ts';
import { Lookout } from './lookout.ts';
import { Pace } from './pace.ts';
import { Performer } from './performer.ts';
import { StoreLedger } from './store-ledger.ts';
import { SwitchBook } from './switch-book.ts';
import { Tenure } from './tenure.ts';
import { proposalView, switchView } from './views.ts';
import { entriesOf, walk, type Walk } from './walk.ts';

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
  /** Another protocol than the real one: only to show that a test notices. */
  readonly table?: Table;
}

/** Poll while a switch is open, ms; without one `POLL_EVERY_MS` is enough … */
const BUSY_POLL_MS = 100;
/** … and while all is quiet, as often as the lead is renewed. */
const QUIET_POLL_MS = LEADER_RENEW_MS;
/** Effects that the runtime driver performs. */
const OF_HOSTS: readonly EffectKind[] = ['start', 'open', 'stop', 'keep', 'kill'];

export class Engine {
  readonly feed = new Feed();
  readonly shop: ShopShape;
  readonly store: ControlStore;
  readonly book: SwitchBook;
  readonly autonomy: AutonomyBook;
  readonly leadership: Leadership;
  readonly driver: RuntimeDriver;
  readonly lookout: Lookout;
  readonly #options: EngineOptions;
  readonly #ledger: StoreLedger;
  readonly #performer: Performer;
  readonly #herald: Herald;
  readonly #tenure: Tenure;
  readonly #pace: Pace;
  readonly #aborts: AbortRequests;
  readonly #forget: (() => void)[] = [];
  #changedAt = 0;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: EngineOptions) {
    const { store, shop, registry, say, clock = () => performance.now() } = options;
    this.#options = options;
    this.shop = shop;
    this.store = store;
    this.leadership = new Leadership(store, options.holder, clock);
    this.#ledger = new StoreLedger(store, this.leadership, clock);
    this.book = new SwitchBook(store, this.leadership, clock);
    const { leadership } = this;
    this.autonomy = new AutonomyBook({
      store,
      leadership,
      clock,
      initial: shop.autonomy ?? 0,
      start: shop.start ?? '',
    });
    this.#aborts = new AbortRequests(this.book, this.autonomy);
    this.driver = options.driver(this.#ledger);
    const { driver, feed, book, autonomy } = this;
    const own = () => {
      const { frozen, prewarm } = autonomy.now;
      return { open: book.summaries(), abortRequests: this.#aborts.all(), prewarm: frozen ? null : prewarm };
    };
    this.lookout = new Lookout({ store, driver, ledger: this.#ledger, shop, clock, own });
    this.#performer = new Performer({
      store,
      leadership,
      driver,
      look: () => this.lookout.look(),
      revert: (id) => this.#revert(id),
    });
    this.#herald = new Herald({ feed, registry, driver, leads: () => leadership.held, say });
    this.#tenure = new Tenure({
      ...{ store, leadership, book, autonomy, driver, feed, say },
      ...{ ledger: this.#ledger, herald: this.#herald },
    });
    this.#pace = new Pace(
      () => this.turn(),
      () => this.#restMs(),
    );
  }

  #restMs(): number {
    if (this.book.open().length > 0) return BUSY_POLL_MS;
    if (!this.leads || !this.lookout.quiet) return POLL_EVERY_MS;
    return Math.min(Math.max(this.leadership.renewsInMs, POLL_EVERY_MS), QUIET_POLL_MS);
  }

  /** When the layout in force was put in force, as far as this switcher knows; 0 when it does not. */
  get changedAt(): number {
    return this.#changedAt;
  }

  /** It may write, and knows all that an earlier leader left: only then its book says what goes on. */
  get leads(): boolean {
    return this.#tenure.begun;
  }

  start(): void {
    const wake = (): void => this.#pace.wake();
    const hinted = (hint: Hint): void => {
      this.lookout.hinted(hint);
      wake();
    };
    this.#forget.push(this.store.watch(hinted), this.driver.onChange(wake));
    this.#pace.start();
  }

  /** Ends the loop and gives the lead back. Hosts go on. */
  async stop(): Promise<void> {
    await this.#pace.stop();
    for (const forget of this.#forget.splice(0)) forget();
    this.driver.close();
    await this.leadership.resign();
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
      if (!this.leads) throw new NotLeaderError();
      await this.book.refresh();
      await this.autonomy.refresh();
      try {
        return await work(await this.lookout.look());
      } finally {
        this.#pace.wake();
      }
    });
  }

  /**
   * Takes a judged proposal on and walks it as far as this look leads; its first effects are the next turn's. Call within
   * `command`. @param audit what the log is to say of it. @returns what it has become
   * @throws SwitchConflictError when another one has begun unseen (S11 of the store)
   */
  async take(state: SwitchState, seen: Observation, audit: AuditBody): Promise<SwitchState> {
    const walked = this.#walk(state, seen);
    await this.#persist(walked.state, [state, ...walked.passed], [audit]);
    return walked.state;
  }

  /** A wish that a switch go away before its commit; without effect once it is past that. */
  requestAbort(id: string, detail: string): void {
    this.#aborts.add(id, detail);
  }

  async #turn(): Promise<void> {
    if (await this.#tenure.keep()) for (const state of this.book.open()) this.#noteChange(state);
    for (const kept of [this.book, this.autonomy]) {
      if (this.leadership.held) await kept.refresh();
      else await kept.load(); // of the leader, to be shown
    }
    if (this.leadership.held) await this.driver.settle();
    const seen = await this.lookout.look();
    this.#herald.tell(seen);
    if (!this.leadership.held) return;
    await this.#herald.publish(seen);
    await this.#bootstrap(seen);
    await this.#settle(seen);
    for (const effect of tend(seen)) await this.#perform(effect);
    for (const { id } of this.book.open()) await this.#advance(id, seen);
  }

  /** What waited too long for a person, or was approved without that being written down, and a pre-warm that is over. */
  async #settle(seen: Observation): Promise<void> {
    const { stored } = this.autonomy;
    const prewarm = stored.prewarm && isOver(stored.prewarm, seen) ? null : stored.prewarm;
    const next = settled(prewarm === stored.prewarm ? stored : { ...stored, prewarm }, seen);
    if (next === stored) return;
    const over = next.wishes.filter((wish) => !stored.wishes.includes(wish));
    const entries = over.map(({ id, state }) => ({ event: state, proposal: id }));
    const ended = prewarm === stored.prewarm ? [] : [{ event: 'warm-ended' }];
    for (const entry of [...entries, ...ended]) {
      await this.store.appendAudit(this.leadership.token(), entry);
    }
    await this.autonomy.save(next);
    for (const wish of over) this.feed.tell(() => ({ event: 'proposal', data: proposalView(wish) }));
  }

  async #bootstrap(seen: Observation): Promise<void> {
    if (seen.committed !== null || this.book.open().length > 0) return;
    const first: SwitchState = {
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
    };
    await this.#persist(first, [first]);
  }

  async #advance(id: string, seen: Observation): Promise<void> {
    const known = this.book.get(id);
    if (!known) return;
    const { state, passed: phases, effects } = this.#walk(known, seen);
    if (phases.length > 0 || state.notes.length > 0 || (effects.length > 0 && state !== known)) {
      await this.#persist(state, phases);
    } else this.book.note(state);
    for (const effect of effects) await this.#perform(effect);
    if (effects.some(({ kind }) => !OF_HOSTS.includes(kind))) this.#pace.wake();
  }

  #walk(state: SwitchState, seen: Observation): Walk {
    const open = this.book.summaries();
    return walk(state, open === seen.open ? seen : { ...seen, open }, this.#options.table);
  }

  /** A switch of its own, with the highest claim but an emergency's; at most one at a time for each trial. */
  async #revert(id: string): Promise<void> {
    const state = this.book.get(id);
    if (!state || this.book.summaries().some(({ undoes }) => undoes === id)) return;
    const revert = undoing(state, this.#options.draw(), this.#ledger.now());
    if (revert) await this.#persist(revert, [revert]);
  }

  /**
   * N3: the state and what the audit log says of it, in one transaction.
   * @param phases the states in which it entered each new phase, told one by one
   */
  async #persist(
    state: SwitchState,
    phases: readonly SwitchState[],
    audit: readonly AuditBody[] = [],
  ): Promise<void> {
    await passed('engine.persist.before');
    await this.book.save({ ...state, notes: [] }, [...audit, ...entriesOf(state)]);
    await passed('engine.persist.after');
    for (const entered of phases) {
      const { phase } = entered.stage;
      this.#noteChange(entered);
      this.#options.say('switch', { id: state.id, phase });
      this.feed.tell(() => ({ event: 'switch', data: switchView(entered) }));
      await afterPhase(phase);
    }
  }

  #noteChange({ stage }: SwitchState): void {
    const committedAt = 'committedAt' in stage ? stage.committedAt : null;
    if (committedAt !== null) this.#changedAt = Math.max(this.#changedAt, committedAt);
  }

  /** A start, stop or kill that fails is asked for again by the next look; any other failure ends the turn. */
  async #perform(effect: Effect): Promise<void> {
    const askedAt = performance.now();
    try {
      await this.#performer.perform(effect);
      if (effect.kind !== 'commit') return;
      const ms = Math.ceil(performance.now() - askedAt);
      this.#options.say('commit answered', { epoch: effect.to, ms });
    } catch (error) {
      if (!OF_HOSTS.includes(effect.kind)) throw error;
      this.#options.say('effect failed', { ...effect, error: String(error) });
    }
  }

  /** N2, N4. */
  #failed(error: unknown): void {
    const { say } = this.#options;
    if (error instanceof StaleLeaderError || error instanceof NotLeaderError) {
      this.#tenure.end(error.message);
    } else if (!(error instanceof StoreUnavailableError)) {
      say('turn failed', { error: String(error) });
    } else if (this.lookout.lost()) {
      say('store away', { error: error.message });
    }
  }
}
