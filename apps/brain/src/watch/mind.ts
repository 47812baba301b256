/**
 * What the brain thinks: forecasts of the whole shop and of each module, and a decision a second. No I/O.
 *
 * M1  It decides on what it saw just now or not at all: after a second with a hole, or without the layout, it says
 *     nothing. So bad telemetry moves nothing.
 * M2  It resumes from what was stored: the state of the last stored decision, and what its memory holds. Where the store
 *     is there only later, what was decided until then counts before it.
 * M3  The shop has moved when the switcher took a proposal on, or when another epoch is in force than at the last
 *     decision, whoever did it. A proposal alone is no move.
 * M4  A low rate counts as held only while it was seen: after 10 s without a sight of it, dead or alive, holding begins
 *     anew. After a jump of the clock so does the cool-down. So no jump and no stand-still makes a move come early.
 * M5  What was seen before a stand-still or a hole of that length, or forecast for a minute that is over, tells nothing of
 *     now.
 * M6  A second counts twice as much as the largest of the two on each side at most: a counter that is wrong once, by no
 *     more than a machine can do, makes no emergency of a shop that answers in time. A surge lasts, and counts in full
 *     from its second second on. One that nothing was seen beside counts as it is; so do all in the minutes that are
 *     remembered.
 */
import { Residuals, type AnomalyDetector, type Score } from '@atlas/brain-anomaly';
import { TABLE, type Choice } from '@atlas/brain-advisors';
import { MINUTE_MS, type Summary } from '@atlas/brain-collector';
import {
  decide,
  INITIAL_STATE,
  moved,
  notAhead,
  otherwise,
  wordsOf,
  type Controller,
  type DecisionState,
  type Observation,
  type Outlook,
  type Policy,
  type Proposal,
} from '@atlas/brain-decision';
import type { Forecast } from '@atlas/brain-forecast';
import type { Layout } from '@atlas/control-layout';
import { Hindsight } from './hindsight.ts';
import { Memory } from './memory.ts';
import { highOf, outlookOf } from './outlook.ts';
import type { Outcome } from './proposer.ts';
import type { Resumed, SaidOf, Shape, StoredThought, Thought } from './thought.ts';
import { Unusual } from './unusual.ts';

export interface MindOptions {
  readonly modules: readonly string[];
  readonly policy: { readonly name: string; readonly rules: Policy };
  /** `decide` by default. */
  readonly controller?: Controller;
  /** 1 of 100 answers may take longer by the intent, ms. */
  readonly intentP99Ms: number;
  /** `Residuals` by default. */
  readonly detector?: AnomalyDetector;
  /** How much faster than real time its time goes; 1 by default. */
  readonly speed?: number;
}

/** What became of a thought, as far as it makes news. */
export interface Told {
  /** In the end. */
  readonly proposal: Proposal;
  readonly outcome: Outcome | undefined;
  /** Whether the advisors knew what the shop costs. */
  readonly costed?: boolean;
}

/** Rate: mean of these many seconds of trace time, at least of one real one; stress: of a real minute, for it is a cost. */
const NOW_S = 5;
const MINUTE_S = 60;
/** Strain is the share of these many real seconds. */
const STRAIN_S = 5;
/** A shop that answers less than this share of what arrives is behind: more than the noise of a second. */
const KEEPS_UP = 0.9;
/** M4, M5, real ms. */
const UNSEEN_MS = 10_000;
/** A decision like the last stored one is stored again after this time, real ms. */
const AGAIN_MS = 60_000;

/** M6. Requests per second that count as few. */
const FEW = 20;

function withoutSpikes(rates: readonly number[]): number[] {
  return rates.map((rate, at) => {
    const beside = [...rates.slice(Math.max(0, at - 2), at), ...rates.slice(at + 1, at + 3)];
    return beside.length === 0 ? rate : Math.min(rate, 2 * Math.max(...beside) + FEW);
  });
}

function borneOf(second: Summary | undefined): number | null {
  if (!second) return null;
  const { arrivals, rps, serverErrors } = second.answers;
  const borne = rps - serverErrors;
  return borne < KEEPS_UP * arrivals ? borne : null;
}

/** M2. What is remembered now, and of earlier what is not known anew. */
function joined({ movedAtMs, takenBack = [] }: DecisionState, now: DecisionState): DecisionState {
  const anew = now.takenBack ?? [];
  const earlier = takenBack.filter(({ rung }) => !anew.some((each) => each.rung === rung));
  return { ...now, movedAtMs: now.movedAtMs ?? movedAtMs, takenBack: [...earlier, ...anew] };
}

/** The rule that decides, or that the advisors do. */
const whyOf = ({ decision: { rule } }: Thought, { by, proposal }: Choice): string =>
  by.includes(TABLE) ? rule : proposal.kind === 'none' ? 'stay' : 'advisors';

export class Mind {
  readonly memory: Memory;
  readonly #options: MindOptions;
  readonly #speed: number;
  readonly #controller: Controller;
  readonly #unusual: Unusual;
  readonly #hindsight: Hindsight;
  #recent: Summary[] = [];
  #anomaly: Score | undefined;
  #state: DecisionState = INITIAL_STATE;
  /** Of the last decision: when, ms since 1970, and on which epoch. */
  #decided: { readonly at: number; readonly epoch: number } | undefined;
  #last: Thought | undefined;
  #forgetful = true;
  /** M4. The clock has jumped since the last decision. */
  #jumped = false;
  #stored: { readonly at: number; readonly key: string } | undefined;

  constructor(options: MindOptions) {
    this.#options = options;
    this.#speed = options.speed ?? 1;
    this.#controller = options.controller ?? decide;
    this.#unusual = new Unusual(options.detector ?? new Residuals());
    this.#hindsight = new Hindsight(options.policy.rules);
    this.memory = new Memory(options.modules);
  }

  /** M2. Whether it is still to be told what was stored last. */
  get forgetful(): boolean {
    return this.#forgetful;
  }

  /** M2. What was stored last; undefined: nothing that could be read. */
  resume({ state, epoch, seenAt }: Resumed): void {
    this.#forgetful = false;
    if (this.#decided !== undefined) {
      if (state) this.#state = joined(state, this.#state);
      return;
    }
    this.#state = state ?? INITIAL_STATE;
    this.#decided = epoch === undefined ? undefined : { at: seenAt ?? -Infinity, epoch };
  }

  /** The newest decision; undefined while nothing is known (M1). */
  get last(): Thought | undefined {
    return this.#last;
  }

  /** Series → what it expects from the newest second on (M5). */
  forecasts(): Record<string, Forecast[]> {
    return Object.fromEntries(
      Object.entries(this.memory.forecasts()).map(([name, told]) => [name, this.#toCome(told)]),
    );
  }

  /** Of the whole shop (M5). */
  totals(): readonly Forecast[] {
    return this.#toCome(this.memory.totals());
  }

  #toCome(told: readonly Forecast[]): Forecast[] {
    const { at } = this.#recent.at(-1) ?? { at: -Infinity };
    return told.filter(({ minute }) => minute * MINUTE_MS > at);
  }

  /** How unusual the newest second is; undefined: nothing can be said. */
  get anomaly(): Score | undefined {
    return this.#anomaly;
  }

  /** Thinks once about a second; undefined when too little is known (M1). */
  consider(second: Summary, shape: Shape | undefined): Thought | undefined {
    if (this.#isUnseen(second.at, this.#recent.at(-1)?.at)) this.#recent = []; // M5
    this.#recent = [...this.#recent.slice(1 - MINUTE_S), second];
    this.#last = undefined;
    this.#anomaly = this.#unusual.look(second, shape);
    this.#jumped ||= second.flaws.some(({ flaw }) => flaw === 'clock-jump');
    if (second.covered === 0 || shape === undefined) return undefined;
    const observation = this.#observe(second.at, shape);
    const look = { seen: observation, shape, epochBefore: this.#decided?.epoch };
    this.#state = this.#hindsight.learn(this.#held(second.at, shape.epoch), look);
    this.#decided = { at: second.at, epoch: shape.epoch };
    this.#jumped = false;
    const ahead = outlookOf(this.memory.totals(), observation, this.memory.sales);
    const thought = this.#think({ observation, ...ahead }, this.#state);
    this.#state = thought.decision.state;
    this.#last = thought;
    return thought;
  }

  /** M3. The switcher has taken on what this thought led to. */
  begun({ observation }: Thought, to: Layout): void {
    this.#hindsight.await(to);
    this.#state = moved(observation.atMs, this.#state);
  }

  /** The switcher keeps warm what this thought led to. */
  warms({ observation }: Thought, to: Layout): void {
    this.#hindsight.warm(to, observation.atMs);
  }

  /** M3, M4. */
  #held(at: number, epoch: number): DecisionState {
    const jumped = this.#jumped;
    const state = notAhead(this.#state, at);
    if (this.#decided !== undefined && this.#decided.epoch !== epoch) return moved(at, state);
    const { lowSinceMs, movedAtMs } = state;
    return {
      ...state,
      lowSinceMs: jumped || this.#isUnseen(at, this.#decided?.at) ? null : lowSinceMs,
      movedAtMs: movedAtMs !== null && (jumped || movedAtMs > at) ? at : movedAtMs,
    };
  }

  /** Whether the last sight is too long ago, or still to come; without one it is. */
  #isUnseen(at: number, lastAt = -Infinity): boolean {
    return at < lastAt || at - lastAt > UNSEEN_MS * this.#speed;
  }

  /** What it would think if some inputs of the last thought were others; undefined while nothing is known. */
  imagine(seen: Partial<Observation>, outlook: Partial<Outlook>): Thought | undefined {
    return this.#last && this.#imagined({ ...this.#last, before: this.#state }, seen, outlook);
  }

  #imagined(from: Thought, seen: Partial<Observation>, changed: Partial<Outlook>): Thought {
    const outlook = { ...from.outlook, ...changed };
    const asked = { observation: { ...from.observation, ...seen }, outlook, high: highOf(outlook, from) };
    return this.#think(asked, from.before);
  }

  /**
   * The thought with what explains it; costs a few milliseconds, and tens of them when advisors may outweigh the table.
   * @param choose what would be proposed of another thought, in the end
   */
  async explained(
    thought: Thought,
    said: SaidOf,
    choose: (thought: Thought) => Promise<Choice>,
  ): Promise<StoredThought> {
    const { observation, outlook } = thought;
    const told = { ...thought, ...said, after: this.#state, forecasts: this.totals() };
    const policy = this.#options.policy.rules;
    const decides = async (seen: Observation, ahead: Outlook): Promise<string> => {
      const other = this.#imagined(thought, seen, ahead);
      const choice = await choose(other);
      return wordsOf(whyOf(other, choice), choice.proposal, policy);
    };
    return { ...told, otherwise: await otherwise({ seen: observation, outlook, policy, decides }) };
  }

  /** Whether a thought is news, and should be stored; says so once. */
  isNews({ observation, decision }: Thought, { proposal, outcome, costed }: Told): boolean {
    const { rule, state } = decision;
    const rung = proposal.kind === 'none' ? '' : proposal.rung;
    const low = state.lowSinceMs !== null;
    const key = [observation.epoch, rule, rung, low, outcome?.kind, costed].join(' ');
    const age = this.#stored ? Math.abs(observation.atMs - this.#stored.at) : Infinity;
    if (this.#stored?.key === key && age < AGAIN_MS * this.#speed) return false;
    this.#stored = { at: observation.atMs, key };
    return true;
  }

  #think(asked: Pick<Thought, 'observation' | 'outlook' | 'high'>, before: DecisionState): Thought {
    const { name, rules } = this.#options.policy;
    const decision = this.#controller(asked.observation, asked.outlook, rules, before);
    return { policy: name, ...asked, before, decision };
  }

  #observe(atMs: number, { epoch, layout, crashed, ready }: Shape): Observation {
    const seen = this.#recent.filter(({ covered }) => covered > 0);
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    const now = Math.max(1, Math.round(NOW_S / this.#speed));
    const lately = seen.filter(({ at }) => !this.#isUnseen(atMs, at)); // M5
    const rps = mean(withoutSpikes(lately.map(({ answers }) => answers.arrivals)).slice(-now));
    const stress = Object.fromEntries(
      this.#options.modules.map((name) => [
        name,
        mean(seen.map(({ modules }) => modules[name]?.stress ?? 0)),
      ]),
    );
    const anomaly = this.#anomaly?.score ?? null;
    const told = { strain: this.#strain(), borneRps: borneOf(this.#recent.at(-1)), anomaly };
    return { ...{ atMs, epoch, layout, rps, stress, crashed, ready }, ...told };
  }

  /** Of real seconds, for a latency is one. A second with a hole was as the next look, which counts its answers, too. */
  #strain(): number {
    let [slow, count] = [false, 0];
    for (const { covered, answers } of this.#recent.slice(-STRAIN_S).reverse()) {
      if (covered > 0) slow = answers.p95 !== null && answers.p95 > this.#options.intentP99Ms;
      if (slow) count += 1;
    }
    return count / STRAIN_S;
  }
}
