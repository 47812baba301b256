/**
 * What the brain thinks: forecasts of the whole shop and of each module, and a decision a second. No I/O.
 *
 * M1  It decides on what it saw just now or not at all: after a second with a hole, or without the layout, it says
 *     nothing. So bad telemetry moves nothing.
 * M2  It resumes from what was stored: minutes, and the state of the last stored decision.
 * M3  At level 0 a proposal is what it would propose; nobody is told to move.
 * M4  A low rate counts as held only while it was seen: after 10 s without a sight of it, dead or alive, holding begins
 *     anew. After a jump of the clock so does the cool-down. So no jump and no stand-still makes a move come early.
 */
import { LEAST_COVERED, MINUTE_MS, type StoredMinute, type Summary } from '@atlas/brain-collector';
import {
  decide,
  INITIAL_STATE,
  otherwise,
  type Decision,
  type DecisionState,
  type Observation,
  type Otherwise,
  type Outlook,
  type Policy,
} from '@atlas/brain-decision';
import { Forecaster, type Forecast, type Sale } from '@atlas/brain-forecast';
import type { Layout } from '@atlas/control-layout';
import type { Plan } from './eyes.ts';

/** The shape that is in force, and what of it is not well. */
export interface Shape {
  readonly epoch: number;
  readonly layout: Layout;
  readonly crashed: readonly string[];
}

/** One decision with all that led to it. */
export interface Thought {
  readonly policy: string;
  readonly observation: Observation;
  readonly outlook: Outlook;
  /** What it remembered before. */
  readonly before: DecisionState;
  readonly decision: Decision;
}

/** A thought as it is stored: with what would have decided otherwise, nearest first. */
export interface StoredThought extends Thought {
  readonly level: number;
  readonly otherwise: readonly Otherwise[];
  readonly forecasts: readonly Forecast[];
  /** What the switcher said that the proposed move would do; null: it moves nothing, or the switcher did not say. */
  readonly plan: Plan | null;
}

export interface MindOptions {
  readonly modules: readonly string[];
  readonly policy: { readonly name: string; readonly rules: Policy };
}

/** The name under which the whole shop is forecast. */
export const TOTAL = 'total';
/** Rate: mean of these many seconds; stress: of a minute. */
const NOW_S = 5;
const MINUTE_S = 60;
/** M4, ms. */
const UNSEEN_MS = 10_000;
/** A decision like the last stored one is stored again after this time, ms. */
const AGAIN_MS = 60_000;

export class Mind {
  readonly #options: MindOptions;
  readonly #forecasters: ReadonlyMap<string, Forecaster>;
  #recent: Summary[] = [];
  #state: DecisionState = INITIAL_STATE;
  /** When it last decided, ms since 1970. */
  #decidedAt: number | undefined;
  #last: Thought | undefined;
  #stored: { readonly at: number; readonly key: string } | undefined;

  constructor(options: MindOptions) {
    this.#options = options;
    this.#forecasters = new Map([TOTAL, ...options.modules].map((name) => [name, new Forecaster()]));
  }

  /** M2. Stored minutes, oldest first; page by page. */
  recall(minutes: readonly StoredMinute[]): void {
    for (const { minute, rps, modules } of minutes) this.#push(minute, rps ?? undefined, modules);
  }

  /**
   * M2. The state of the last stored decision.
   * @param seenAt when the last stored second was, ms since 1970; undefined when it is too long ago
   */
  resume(state: DecisionState | undefined, seenAt: number | undefined): void {
    this.#state = state ?? INITIAL_STATE;
    this.#decidedAt = seenAt;
  }

  know(sales: readonly Sale[]): void {
    for (const forecaster of this.#forecasters.values()) forecaster.know(sales);
  }

  /** A minute that is over. */
  remember({ at, covered, answers, modules }: Summary): void {
    const known = covered >= LEAST_COVERED;
    const rates = Object.fromEntries(Object.entries(modules).map(([name, { rps }]) => [name, rps]));
    this.#push(Math.floor(at / MINUTE_MS), known ? answers.rps : undefined, rates);
  }

  #push(minute: number, total: number | undefined, modules: Readonly<Record<string, number>>): void {
    for (const [name, forecaster] of this.#forecasters) {
      forecaster.push(minute, name === TOTAL || total === undefined ? total : modules[name]);
    }
  }

  /** Series → forecasts; empty before the first minute. */
  forecasts(): Record<string, Forecast[]> {
    return Object.fromEntries(
      [...this.#forecasters].map(([name, forecaster]) => [name, forecaster.forecast()]),
    );
  }

  /** The newest decision; undefined while nothing is known (M1). */
  get last(): Thought | undefined {
    return this.#last;
  }

  /** Thinks once about a second; undefined when too little is known (M1). */
  consider(second: Summary, shape: Shape | undefined): Thought | undefined {
    this.#recent = [...this.#recent.slice(1 - MINUTE_S), second];
    this.#last = undefined;
    if (second.covered === 0 || shape === undefined) return undefined;
    const jumped = second.flaws.some(({ flaw }) => flaw === 'clock-jump');
    this.#state = this.#held(second.at, jumped);
    this.#decidedAt = second.at;
    const observation = this.#observe(second.at, shape);
    const thought = this.#think({ observation, outlook: this.#outlook(observation.rps) });
    this.#state = thought.decision.state;
    this.#last = thought;
    return thought;
  }

  /** M4. */
  #held(at: number, jumped: boolean): DecisionState {
    const { lowSinceMs, movedAtMs } = this.#state;
    const unseenMs = at - (this.#decidedAt ?? -Infinity);
    const unseen = jumped || unseenMs < 0 || unseenMs > UNSEEN_MS;
    return {
      lowSinceMs: unseen ? null : lowSinceMs,
      movedAtMs: movedAtMs !== null && (jumped || movedAtMs > at) ? at : movedAtMs,
    };
  }

  /** What it would decide if some inputs of the last decision were others; undefined while nothing is known. */
  whatIf(seen: Partial<Observation>, outlook: Partial<Outlook>): StoredThought | undefined {
    const last = this.#last;
    if (!last) return undefined;
    const asked = { observation: { ...last.observation, ...seen }, outlook: { ...last.outlook, ...outlook } };
    return this.explained(this.#think(asked));
  }

  /** The thought with what explains it; costs about a millisecond. */
  explained(thought: Thought, plan: Plan | null = null): StoredThought {
    const { observation: seen, outlook, before: state } = thought;
    const nearest = otherwise({ seen, outlook, policy: this.#options.policy.rules, state });
    const forecasts = this.#forecasters.get(TOTAL)?.forecast() ?? [];
    return { level: 0, ...thought, otherwise: nearest, forecasts, plan };
  }

  /** Whether a thought is news, and should be stored; says so once. */
  isNews({ observation, decision }: Thought): boolean {
    const { proposal, rule, state } = decision;
    const rung = proposal.kind === 'none' ? '' : proposal.rung;
    const key = [observation.epoch, rule, rung, state.lowSinceMs !== null].join(' ');
    const age = this.#stored ? Math.abs(observation.atMs - this.#stored.at) : Infinity;
    if (this.#stored?.key === key && age < AGAIN_MS) return false;
    this.#stored = { at: observation.atMs, key };
    return true;
  }

  #think(asked: Pick<Thought, 'observation' | 'outlook'>): Thought {
    const { name, rules } = this.#options.policy;
    const decision = decide(asked.observation, asked.outlook, rules, this.#state);
    return { policy: name, ...asked, before: this.#state, decision };
  }

  #observe(atMs: number, { epoch, layout, crashed }: Shape): Observation {
    const seen = this.#recent.filter(({ covered }) => covered > 0);
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    const rps = mean(seen.slice(-NOW_S).map(({ answers }) => answers.rps));
    const stress = Object.fromEntries(
      this.#options.modules.map((name) => [
        name,
        mean(seen.map(({ modules }) => modules[name]?.stress ?? 0)),
      ]),
    );
    return { atMs, epoch, layout, rps, stress, anomaly: null, crashed };
  }

  /** Before anything can be forecast, what is now goes on. */
  #outlook(rps: number): Outlook {
    const told = this.#forecasters.get(TOTAL)?.forecast() ?? [];
    const at = (minutes: number): number => told.find(({ horizonMin }) => horizonMin === minutes)?.rps ?? rps;
    return { in5Rps: at(5), in15Rps: at(15), in60Rps: at(60) };
  }
}
