/**
 * The loop: once a second it looks, thinks, says what it proposes, and keeps what it saw.
 *
 * W1  A slow or absent store holds nothing up: seconds wait in memory, two hours of them at most, and go when it is back.
 * W2  After a stand-still (frozen, suspended) it goes on with one look, not with all that it missed.
 */
import {
  Collector,
  MinuteFold,
  scrapes,
  summaryOf,
  type BrainStore,
  type Clocks,
  type Round,
  type Source,
  type Summary,
} from '@atlas/brain-collector';
import type { Logger } from 'pino';
import type { Heard } from '@atlas/brain-advisors';
import type { Observation, Outlook, Proposal } from '@atlas/brain-decision';
import type { Learner } from '../costs/learner.ts';
import { REAL_TIME, type TraceTime } from '../clocks.ts';
import { WATCHING, type Autonomy } from './autonomy.ts';
import type { Council } from './council.ts';
import type { Eyes, Plan } from './eyes.ts';
import type { Guard } from './guard.ts';
import { LoopCounts } from './loop-counts.ts';
import type { Mind } from './mind.ts';
import { tellLast, tellPast } from './past.ts';
import { keyOf, Proposer, type Moment, type Outcome } from './proposer.ts';
import { StoreClock } from './store-clock.ts';
import { UNSAID, type SaidOf, type Shape, type StoredThought, type Thought } from './thought.ts';
import type { Voice } from './voice.ts';

const SECOND_MS = 1_000;
const MINUTE_S = 60;
/** Seconds are stored in groups of this many. */
const GROUP = 5;
/** W1. */
const MOST_WAITING = 7_200;
const PRUNE_EVERY_MS = 10 * 60_000;

export interface WatchParts {
  readonly bundle: string;
  readonly modules: readonly string[];
  readonly eyes: Eyes;
  /** Of the hosts' readings; what they say themselves by default. */
  readonly source?: Source | undefined;
  readonly voice: Voice;
  readonly mind: Mind;
  readonly council: Council;
  readonly guard: Guard;
  /** Told of each look when the brain is done with it. */
  readonly learner?: Pick<Learner, 'see' | 'known' | 'forgetful' | 'recall' | 'toKeep' | 'kept'>;
  readonly store: BrainStore;
  /** Real time (K2). */
  readonly clocks: Clocks;
  /** Time that the shop is seen, forecast and decided in (K1); real time by default. */
  readonly time?: TraceTime;
  /** Least time between two proposals that the switcher does not take on, ms. */
  readonly coolDownMs: number;
  /** How long a round waits for a host, ms; the collector's by default. */
  readonly patienceMs?: number;
  readonly log: Pick<Logger, 'warn' | 'info'>;
}

/** How the loop is. */
export interface Health {
  /** The newest second; null before the first. */
  readonly second: Summary | null;
  readonly switcher: { readonly contact: boolean };
  /** As the switcher said it last. */
  readonly autonomy: Autonomy;
  /** What became of the newest proposal; null: there was none. */
  readonly outcome: Outcome | null;
  /** What each advisor said last. */
  readonly heard: readonly Heard[];
  readonly store: { readonly contact: boolean; readonly waitingSeconds: number };
}

/** A thought, and what it began with. */
interface Seen {
  readonly thought: Thought;
  readonly shape: Shape;
  readonly moment: Moment;
  /** When the observation was complete, steady ms. */
  readonly observed: number;
}

export class Watch {
  readonly counts = new LoopCounts();
  readonly #parts: WatchParts;
  readonly #collector: Collector;
  readonly #fold: MinuteFold;
  readonly #proposer: Proposer;
  readonly #storeClock: StoreClock;
  readonly #time: TraceTime;
  #second: Summary | null = null;
  #switcher = false;
  #autonomy = WATCHING;
  #outcome: Outcome | null = null;
  #heard: readonly Heard[] = [];
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
    const source = parts.source ?? scrapes({ clocks, read: (target) => eyes.metrics(target) });
    const { patienceMs } = parts;
    this.#collector = new Collector({
      bundle,
      clocks,
      source,
      ...(patienceMs !== undefined && { patienceMs }),
    });
    this.#time = parts.time ?? REAL_TIME;
    this.#fold = new MinuteFold(parts.modules, MINUTE_S / this.#time.speed);
    this.#storeClock = new StoreClock(clocks);
    const { voice, coolDownMs } = parts;
    const storeAheadMs = this.#storeClock.aheadMs;
    this.#proposer = new Proposer({ voice, coolDownMs, clocks, storeAheadMs });
  }

  health(): Health {
    const store = { contact: this.#storeUp, waitingSeconds: this.#waiting.length };
    const told = { autonomy: this.#autonomy, outcome: this.#outcome, heard: this.#heard };
    return { second: this.#second, switcher: { contact: this.#switcher }, store, ...told };
  }

  /**
   * What it would decide now if some inputs were others, the advisors heard, which guardrails that breaks, and what the
   * switcher would do: a dry run, at any level. Undefined while nothing is known.
   */
  async whatIf(seen: Partial<Observation>, outlook: Partial<Outlook>): Promise<StoredThought | undefined> {
    const { mind, council, guard } = this.#parts;
    const thought = mind.imagine(seen, outlook);
    if (!thought) return undefined;
    const autonomy = this.#autonomy;
    const counsel = await council.weigh(thought);
    const { proposal } = counsel;
    const guardrails = guard(proposal, thought);
    const said = { ...UNSAID, autonomy, counsel, guardrails, plan: await this.#plan(proposal) };
    return { ...(await this.#explained(thought, said)), after: thought.decision.state };
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
    const { eyes, mind } = this.#parts;
    const moment = this.#proposer.moment();
    const targets = await eyes.targets();
    const [round, shape] = await Promise.all([
      this.#collector.round(targets),
      eyes.shape().catch(() => undefined),
    ]);
    this.#switcher = shape !== undefined;
    if (shape) this.#autonomy = shape.autonomy;
    const second = this.#seen(round);
    const begun = round.at >= this.#time.beginsAt;
    const observed = performance.now();
    const thought = begun ? mind.consider({ ...second, at: this.#time.of(second.at) }, shape) : undefined;
    if (thought && shape) await this.#act({ thought, shape, moment, observed });
    this.#parts.learner?.see(round, shape);
    if (this.#waiting.length >= GROUP || this.#thoughts.length > 0) {
      this.#storing ??= this.#store().finally(() => (this.#storing = undefined));
    }
  }

  /** Keeps what a round saw. */
  #seen(round: Round): Summary {
    const { mind, modules } = this.#parts;
    const { at, covered, looks, flaws } = round;
    const second = summaryOf({ at: at - (at % SECOND_MS), covered: covered ? 1 : 0, looks, modules, flaws });
    this.#second = second;
    this.counts.looked(second);
    this.#waiting = [...this.#waiting.slice(1 - MOST_WAITING), second];
    // A round tells of the second before it: the middle of that is in the right minute, however fast the trace goes.
    const seenAt = at - SECOND_MS / 2;
    const minute =
      seenAt < this.#time.beginsAt ? undefined : this.#fold.add({ ...round, at: this.#time.of(seenAt) });
    if (minute) {
      mind.memory.remember(minute);
      this.#minutes = [...this.#minutes.slice(1 - MOST_WAITING / 60), minute];
    }
    return second;
  }

  /** Says what a thought leads to, and keeps the thought if it is news. */
  async #act({ thought, shape, moment, observed }: Seen): Promise<void> {
    const { mind, council, guard } = this.#parts;
    const counsel = await council.hear(thought, this.#second?.answers.p99 ?? null);
    const { proposal, heard } = counsel;
    if (heard.length > 0) this.#heard = heard;
    this.counts.heard(heard);
    const guardrails = guard(proposal, thought);
    this.counts.thought((performance.now() - observed) / 1_000);
    const outcome = await this.#proposer.act({ thought, counsel, shape, moment, guardrails });
    if (outcome) this.counts.became((this.#outcome = outcome), guardrails);
    if (outcome?.kind === 'accepted' && proposal.kind === 'move') mind.begun(thought, proposal.to);
    if (outcome?.kind === 'warming' && proposal.kind === 'pre-warm') mind.warms(thought, proposal.to);
    const costed = this.#parts.learner?.known() !== undefined;
    if (!mind.isNews(thought, { proposal, outcome, costed })) return;
    const explained = await this.#explained(thought, {
      ...{ key: keyOf(shape, moment), autonomy: shape.autonomy, counsel, guardrails },
      outcome: outcome ?? null,
      plan: outcome?.kind === 'watched' ? await this.#plan(proposal) : null,
    });
    this.#thoughts = [...this.#thoughts.slice(-60), explained];
  }

  #explained(thought: Thought, said: SaidOf): Promise<StoredThought> {
    const { mind, council } = this.#parts;
    return mind.explained(thought, said, (other) => council.choose(other));
  }

  /** A dry run of what is proposed. */
  async #plan(proposal: Proposal): Promise<Plan | null> {
    return proposal.kind === 'none' ? null : this.#parts.eyes.plan(proposal.to).catch(() => null);
  }

  /** W1. What could not be stored waits on. */
  async #store(): Promise<void> {
    const { store, log, clocks, learner, mind, council } = this.#parts;
    const now = { time: this.#time, wallMs: clocks.wallMs() };
    try {
      await this.#storeClock.compare(store);
      if (mind.forgetful) await tellLast({ mind, council }, store, now);
      const seconds = this.#waiting.slice(0, 600);
      if (seconds.length > 0) await store.addSeconds(seconds);
      this.#waiting = this.#waiting.filter((second) => !seconds.includes(second));
      for (const minute of this.#minutes.slice()) {
        await store.addMinute(minute);
        this.#minutes = this.#minutes.filter((other) => other !== minute);
      }
      if (!mind.memory.knowsSales) mind.memory.know(await store.sales());
      if (mind.memory.forgetful) {
        const minutes = await tellPast(mind.memory, store, now);
        log.info({ minutes }, 'knows its past, late');
      }
      if (learner?.forgetful) learner.recall(await store.keptCosts(), clocks.wallMs());
      const costs = learner?.toKeep();
      if (costs) await store.keepCosts(costs);
      if (costs) learner?.kept(costs);
      for (const thought of this.#thoughts.slice()) {
        await store.addDecision(thought);
        this.#thoughts = this.#thoughts.filter((other) => other !== thought);
      }
      if (clocks.steadyMs() - this.#prunedAt > PRUNE_EVERY_MS) {
        await store.prune(this.#time.of(clocks.wallMs()));
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
