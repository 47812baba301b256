/**
 * The loop: once a second it looks, thinks, and keeps what it saw.
 *
 * W1  A slow or absent store holds nothing up: seconds wait in memory, two hours of them at most, and go when it is back.
 * W2  After a stand-still (frozen, suspended) it goes on with one look, not with all that it missed.
 */
import {
  Collector,
  MinuteFold,
  summaryOf,
  type BrainStore,
  type Clocks,
  type Summary,
} from '@atlas/brain-collector';
import type { Logger } from 'pino';
import type { Eyes, Plan } from './eyes.ts';
import type { Mind, StoredThought, Thought } from './mind.ts';

const SECOND_MS = 1_000;
/** Seconds are stored in groups of this many. */
const GROUP = 5;
/** W1. */
const MOST_WAITING = 7_200;
const PRUNE_EVERY_MS = 10 * 60_000;

export interface WatchParts {
  readonly bundle: string;
  readonly modules: readonly string[];
  readonly eyes: Eyes;
  readonly mind: Mind;
  readonly store: BrainStore;
  readonly clocks: Clocks;
  readonly log: Pick<Logger, 'warn' | 'info'>;
}

/** How the loop is. */
export interface Health {
  /** The newest second; null before the first. */
  readonly second: Summary | null;
  readonly switcher: { readonly contact: boolean };
  readonly store: { readonly contact: boolean; readonly waitingSeconds: number };
}

export class Watch {
  readonly #parts: WatchParts;
  readonly #collector: Collector;
  readonly #fold: MinuteFold;
  #second: Summary | null = null;
  #switcher = false;
  #storeUp = true;
  #waiting: Summary[] = [];
  #minutes: Summary[] = [];
  #thoughts: StoredThought[] = [];
  #storing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #prunedAt = -Infinity;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    const { bundle, eyes, clocks } = parts;
    this.#collector = new Collector({ bundle, clocks, read: (target) => eyes.metrics(target) });
    this.#fold = new MinuteFold(parts.modules);
  }

  health(): Health {
    const store = { contact: this.#storeUp, waitingSeconds: this.#waiting.length };
    return { second: this.#second, switcher: { contact: this.#switcher }, store };
  }

  start(): void {
    const next = (): void => {
      const { wallMs } = this.#parts.clocks;
      this.#timer = setTimeout(
        () => {
          this.#round = this.look()
            .catch((error: unknown) => this.#parts.log.warn({ err: error }, 'a second was lost'))
            .finally(() => this.#timer && next());
        },
        SECOND_MS - (wallMs() % SECOND_MS),
      );
    };
    next();
  }

  /** Ends after the round in progress; what waits is stored if the store answers. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#round;
    await this.#storing;
    await this.#store();
  }

  /** One round. */
  async look(): Promise<void> {
    const { eyes, mind, modules } = this.#parts;
    const targets = await eyes.targets();
    const [round, shape] = await Promise.all([
      this.#collector.round(targets),
      eyes.shape().catch(() => undefined),
    ]);
    this.#switcher = shape !== undefined;
    const { at, covered, looks, flaws } = round;
    const second = summaryOf({ at: at - (at % SECOND_MS), covered: covered ? 1 : 0, looks, modules, flaws });
    this.#second = second;
    this.#waiting = [...this.#waiting.slice(1 - MOST_WAITING), second];
    const minute = this.#fold.add(round);
    if (minute) {
      mind.remember(minute);
      this.#minutes = [...this.#minutes.slice(1 - MOST_WAITING / 60), minute];
    }
    const thought = mind.consider(second, shape);
    if (thought && mind.isNews(thought)) {
      const explained = mind.explained(thought, await this.#plan(thought));
      this.#thoughts = [...this.#thoughts.slice(-60), explained];
    }
    if (this.#waiting.length >= GROUP || this.#thoughts.length > 0) {
      this.#storing ??= this.#store().finally(() => (this.#storing = undefined));
    }
  }

  /** A dry run of what is proposed. */
  async #plan({ decision: { proposal } }: Thought): Promise<Plan | null> {
    return proposal.kind === 'none' ? null : this.#parts.eyes.plan(proposal.to).catch(() => null);
  }

  /** W1. What could not be stored waits on. */
  async #store(): Promise<void> {
    const { store, log, clocks } = this.#parts;
    try {
      const seconds = this.#waiting.slice(0, 600);
      if (seconds.length > 0) await store.addSeconds(seconds);
      this.#waiting = this.#waiting.filter((second) => !seconds.includes(second));
      for (const minute of this.#minutes.slice()) {
        await store.addMinute(minute);
        this.#minutes = this.#minutes.filter((other) => other !== minute);
      }
      for (const thought of this.#thoughts.slice()) {
        await store.addDecision(thought);
        this.#thoughts = this.#thoughts.filter((other) => other !== thought);
      }
      if (clocks.steadyMs() - this.#prunedAt > PRUNE_EVERY_MS) {
        await store.prune();
        this.#prunedAt = clocks.steadyMs();
      }
      if (!this.#storeUp) log.info('the store answers again');
      this.#storeUp = true;
    } catch (error) {
      if (this.#storeUp)
        log.warn({ cause: (error as Error).message }, 'the store does not answer; what is seen waits');
      this.#storeUp = false;
    }
  }
}
