/**
 * The bundle's pump: starts every internal operation that a contract wants to be started.
 *
 * U1  Each event and each run of a job is a root of its own, so it is routed by its epoch and counted in drains.
 * U2  Keys are the event's id and `job:<name>:<time slot>`: whatever is repeated, or run by two bundles, has one effect.
 * U3  Events of one aggregate go in order, the next after the former is done; different aggregates go side by side.
 * U4  What fails is left alone for a while and tried again; it holds up nothing but its own aggregate.
 * U5  Events that all are done with are forgotten when they are old.
 */
import type { HostStore } from '@atlas/control-store';
import type { Contract, Coupling } from '@atlas/coupling-runtime';
import type { Event, EventReader } from '@atlas/platform-event-log';
import type { Logger, Metrics } from '@atlas/platform-telemetry';
import { BackOff } from './back-off.ts';
import { LogLag } from './log-lag.ts';
import { PumpLock } from './pump-lock.ts';
import { PumpLoop } from './pump-loop.ts';
import { triggersOf, type Job, type Subscription, type Triggered } from './triggers.ts';

export interface PumpOptions {
  readonly contracts: readonly Contract[];
  readonly coupling: Coupling;
  readonly store: Pick<HostStore, 'acquireLock'>;
  readonly reader: Pick<EventReader, 'pending' | 'done' | 'prune'>;
  /** `instance:nonce` of this bundle. */
  readonly holder: string;
  readonly log: Pick<Logger, 'warn'>;
  readonly metrics: Pick<Metrics, 'pumpRun' | 'gauge'>;
  /** Time between two looks at an idle subscription; 220 ms by default, so that events wait less than 250 ms. */
  readonly restMs?: number;
}

const REST_MS = 220;
/** Events taken at a time, and aggregates handled side by side. */
const BATCH = 100;
const SIDE_BY_SIDE = 8;
const ROOT_DEADLINE_MS = 10_000;
/** Old events are forgotten in small batches, now and then. */
const PRUNE_EVERY_MS = 60_000;
const PRUNE_BATCH = 500;

/** A handler that says so has done nothing: an earlier version is still missing. */
const isGap = (output: unknown): boolean =>
  typeof output === 'object' && output !== null && 'applied' in output && output.applied === 'gap';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'internal';

/** What one look at the log takes. */
interface Batch {
  readonly subscription: Subscription;
  /** Of its aggregates. */
  readonly backOff: BackOff;
  readonly loop: Pick<PumpLoop, 'stopping'>;
  readonly lag: LogLag;
}

export class Pump {
  readonly #options: PumpOptions;
  readonly #loops: PumpLoop[] = [];
  readonly #locks: PumpLock[] = [];
  readonly #lags = new Map<string, LogLag>();
  readonly #now = (): number => performance.now();

  constructor(options: PumpOptions) {
    this.#options = options;
  }

  start(): void {
    const { contracts, coupling, restMs = REST_MS } = this.#options;
    const { jobs, subscriptions } = triggersOf(contracts, coupling);
    for (const job of jobs) this.#startJob(job);
    for (const subscription of subscriptions) this.#startSubscription(subscription, restMs);
    this.#startPruning();
    this.#options.metrics.gauge('logLag', () =>
      [...this.#lags].flatMap(([consumer, lag]) => {
        const value = lag.seconds();
        return value === undefined ? [] : [{ labels: { consumer }, value }];
      }),
    );
  }

  /** Ends what is under way and lets other bundles take over. */
  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()));
    await Promise.all(this.#locks.map((lock) => lock.letGo()));
    for (const lag of this.#lags.values()) lag.lost();
  }

  #loop(name: string): { loop: PumpLoop; lock: PumpLock } {
    const loop = new PumpLoop();
    const lock = new PumpLock(this.#options.store, name, this.#options.holder, this.#now);
    this.#loops.push(loop);
    this.#locks.push(lock);
    return { loop, lock };
  }

  #startJob(job: Job): void {
    const { loop, lock } = this.#loop(job.name);
    const backOff = new BackOff(this.#now);
    let done = -1;
    const slot = (): number => Math.floor(Date.now() / job.everyMs);
    const turn = async (): Promise<'idle'> => {
      if (slot() === done || backOff.resting('') || !(await lock.hold())) return 'idle';
      done = slot();
      const key = `job:${job.name}:${done}`;
      const ok = await lock.during(() => this.#run(job, `job:${job.name}`, key, {}));
      if (ok) backOff.succeeded('');
      else backOff.failed('');
      return 'idle';
    };
    loop.start(turn, () => job.everyMs - (Date.now() % job.everyMs) + 1);
  }

  #startSubscription(subscription: Subscription, restMs: number): void {
    const { loop, lock } = this.#loop(subscription.name);
    const backOff = new BackOff(this.#now);
    const aggregates = new BackOff(this.#now);
    const lag = new LogLag({ wallMs: () => Date.now(), steadyMs: this.#now });
    this.#lags.set(subscription.name, lag);
    const turn = async (): Promise<'busy' | 'idle'> => {
      if (backOff.resting('log')) return 'idle';
      if (!(await lock.hold())) {
        lag.lost();
        return 'idle';
      }
      lag.held();
      try {
        const batch = { subscription, backOff: aggregates, loop, lag };
        const handled = await lock.during(() => this.#handleBatch(batch));
        backOff.succeeded('log');
        return handled > 0 ? 'busy' : 'idle';
      } catch (error) {
        this.#options.log.warn({ err: error, consumer: subscription.name }, 'the event log cannot be read');
        backOff.failed('log');
        return 'idle';
      }
    };
    loop.start(turn, () => restMs);
  }

  /** U5. No operation of a module's: the log is the platform's own. */
  #startPruning(): void {
    const { loop, lock } = this.#loop('event-log.prune');
    const turn = async (): Promise<'busy' | 'idle'> => {
      try {
        if (!(await lock.hold())) return 'idle';
        return (await this.#options.reader.prune(PRUNE_BATCH)) === PRUNE_BATCH ? 'busy' : 'idle';
      } catch (error) {
        this.#options.log.warn({ err: error }, 'old events stay for now');
        return 'idle';
      }
    };
    loop.start(turn, () => PRUNE_EVERY_MS);
  }

  /** How many events were done. */
  async #handleBatch({ subscription, backOff, loop, lag }: Batch): Promise<number> {
    const { name, event } = subscription;
    const [began, resting] = [this.#now(), backOff.allResting()];
    const events = await this.#options.reader.pending(name, event, BATCH, resting);
    lag.looked(events, began, resting);
    const aggregates = [...Map.groupBy(events, ({ aggregateId }) => aggregateId)];
    let handled = 0;
    const worker = async (): Promise<void> => {
      for (let next = aggregates.pop(); next !== undefined && !loop.stopping; next = aggregates.pop()) {
        const [key, own] = next;
        const done = await this.#handleInOrder(subscription, own, lag);
        handled += done;
        if (done === own.length) backOff.succeeded(key);
        else backOff.failed(key);
      }
    };
    aggregates.reverse();
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
    return handled;
  }

  /** U3. How many events were done before the first that was not. */
  async #handleInOrder(
    subscription: Subscription,
    events: readonly Event[],
    lag: Pick<LogLag, 'done'>,
  ): Promise<number> {
    let done = 0;
    for (const event of events) {
      const after = (): Promise<void> => this.#options.reader.done(subscription.name, event);
      if (!(await this.#run(subscription, `event:${subscription.event}`, event.id, event, after))) break;
      lag.done(event);
      done += 1;
    }
    return done;
  }

  /** U1. One root; true when the operation has had its effect, now or earlier. Never rejects. */
  async #run(
    triggered: Triggered,
    label: string,
    key: string,
    input: unknown,
    after: () => Promise<void> = () => Promise.resolve(),
  ): Promise<boolean> {
    const { coupling, metrics, log } = this.#options;
    try {
      const admission = await coupling.admit({ label, deadlineMs: ROOT_DEADLINE_MS });
      try {
        const output = await triggered.invoke(input, admission.call.withKey(key));
        const gap = isGap(output);
        if (!gap) await after();
        metrics.pumpRun(triggered.name, gap ? 'gap' : 'ok');
        return !gap;
      } finally {
        admission.end();
      }
    } catch (error) {
      metrics.pumpRun(triggered.name, codeOf(error));
      log.warn({ err: error, operation: triggered.name, key }, 'the pump will try again');
      return false;
    }
  }
}
