/**
 * The advisors' council in the loop: asks them, weighs them with the table, and learns whom to trust.
 *
 * K1  Nobody is asked in an emergency.
 * K2  Nobody is waited for longer than `ADVICE_WITHIN_MS`: who is late is silent, and a silent one changes nothing.
 * K3  Trust follows what came of each advice, five minutes later; advice is kept once a minute. It is judged by seconds
 *     of one epoch only, the first minute after a switch left out; while no costs are known, no latency was fitted, or
 *     no layout stayed long enough, trust stays as it was.
 * K4  What nobody does teaches nothing: only `hear` remembers.
 */
import {
  consult,
  firstTrust,
  judge,
  mayOutweigh,
  TABLE,
  updateTrust,
  weigh,
  type Advisor,
  type Choice,
  type Heard,
  type Judgement,
  type Known,
  type Question,
  type Trust,
} from '@atlas/brain-advisors';
import type { Layout } from '@atlas/control-layout';
import type { Thought } from './thought.ts';

/** What the council made of a thought. */
export interface Counsel extends Choice {
  readonly heard: readonly Heard[];
  readonly trust: Trust;
  /** What the optimiser weighed; null: nothing is known yet, or nobody was asked. */
  readonly weighed: Known | null;
  /** What trust was last changed by; null: by nothing since the brain began. */
  readonly judged: (Judgement & { readonly atMs: number }) | null;
}

export interface CouncilParts {
  readonly advisors: readonly Advisor[];
  readonly known: () => Known | undefined;
  readonly policy: Question['policy'];
}

/** K2. */
const ADVICE_WITHIN_MS = 3;
/** K3, ms of the thoughts' time. */
const KEPT_EVERY_MS = 60_000;
const JUDGED_AFTER_MS = 5 * 60_000;
const SETTLE_MS = 60_000;
/** Seconds of an epoch that judge, at least. */
const LEAST_LIVED = 3;

interface Kept {
  readonly atMs: number;
  readonly advised: ReadonlyMap<string, Layout>;
}

/** A second of the epoch in force. */
interface LivedSecond {
  readonly atMs: number;
  readonly rps: number;
  readonly p99Ms: number;
}

export class Council {
  readonly #parts: CouncilParts;
  #trust: Trust;
  #kept: readonly Kept[] = [];
  #epoch: { readonly epoch: number; readonly sinceMs: number } | undefined;
  #lived: readonly LivedSecond[] = [];
  #judged: Counsel['judged'] = null;

  constructor(parts: CouncilParts) {
    this.#parts = parts;
    this.#trust = firstTrust(parts.advisors.map(({ name }) => name));
  }

  /** As it is now. */
  get trust(): Trust {
    return this.#trust;
  }

  /** Trust that was stored; left alone when it is of other advisors, or something was judged since. */
  resume(trust: Trust | undefined): void {
    if (this.#judged) return;
    const names = (of: Trust): string => Object.keys(of).sort().join(' ');
    const sound = Object.values(trust ?? {}).every((value) => value > 0 && value <= 1);
    if (trust !== undefined && sound && names(trust) === names(this.#trust)) this.#trust = trust;
  }

  /** @param p99Ms of the second before the thought; null: nothing was answered */
  async hear(thought: Thought, p99Ms: number | null): Promise<Counsel> {
    this.#live(thought, p99Ms);
    this.#judge(thought);
    const counsel = await this.weigh(thought);
    this.#keep(thought, counsel.heard);
    return counsel;
  }

  /** K4. What it makes of a thought that nobody may have had. */
  async weigh(thought: Thought): Promise<Counsel> {
    const [trust, judged] = [this.#trust, this.#judged];
    const weighed = (isEmergency(thought) ? undefined : this.#parts.known()) ?? null;
    const question = questionOf(thought, this.#parts.policy);
    const heard = await this.#ask(thought, question);
    return { ...weigh(question, heard, trust), heard, weighed, trust, judged };
  }

  /** K4. Only what would be proposed: it asks nobody when the table decides whatever they say. */
  async choose(thought: Thought): Promise<Choice> {
    const trust = this.#trust;
    const question = questionOf(thought, this.#parts.policy);
    return weigh(question, mayOutweigh(trust) ? await this.#ask(thought, question) : [], trust);
  }

  /** K1, K2. */
  #ask(thought: Thought, question: Question): Promise<Heard[]> {
    return isEmergency(thought)
      ? Promise.resolve([])
      : consult(this.#parts.advisors, question, ADVICE_WITHIN_MS);
  }

  /** K3. */
  #keep({ observation, decision }: Thought, heard: readonly Heard[]): void {
    const sinceMs = observation.atMs - (this.#kept.at(-1)?.atMs ?? -Infinity);
    if (sinceMs >= 0 && sinceMs < KEPT_EVERY_MS) return;
    const { proposal } = decision;
    const own = proposal.kind === 'move' ? proposal.to : observation.layout;
    const spoken = heard.flatMap(({ advisor, advice }) => (advice ? [[advisor, advice.to] as const] : []));
    const advised = new Map([[TABLE, own], ...spoken]);
    this.#kept = [...this.#kept, { atMs: observation.atMs, advised }];
  }

  /** K3. */
  #live({ observation: { atMs, epoch, rps } }: Thought, p99Ms: number | null): void {
    const { epoch: known, sinceMs = atMs } = this.#epoch ?? {};
    if (known !== epoch || atMs < sinceMs) [this.#epoch, this.#lived] = [{ epoch, sinceMs: atMs }, []];
    else if (p99Ms !== null && atMs - sinceMs >= SETTLE_MS)
      this.#lived = [
        ...this.#lived.filter((each) => atMs - each.atMs < JUDGED_AFTER_MS),
        { atMs, rps, p99Ms },
      ];
  }

  /** K3. */
  #judge({ observation: { atMs, layout } }: Thought): void {
    const known = this.#parts.known();
    const isDue = ({ atMs: then }: Kept): boolean => atMs - then >= JUDGED_AFTER_MS || atMs < then;
    const due = this.#kept.filter(isDue);
    this.#kept = this.#kept.filter((each) => !isDue(each));
    for (const { advised, atMs: then } of due) {
      const lived = this.#lived.filter((second) => second.atMs >= then);
      if (!known?.fit || atMs < then || lived.length < LEAST_LIVED) continue;
      const [rps, p99Ms] = [
        middle(lived.map((second) => second.rps)),
        middle(lived.map((second) => second.p99Ms)),
      ];
      const peakRps = Math.max(...lived.map((second) => second.rps));
      const judgement = judge(advised, { layout, rps, p99Ms, peakRps }, known);
      this.#judged = { atMs: then, ...judgement };
      this.#trust = updateTrust(this.#trust, judgement.losses);
    }
  }
}

const isEmergency = ({ decision: { proposal } }: Thought): boolean =>
  proposal.kind === 'move' && proposal.source === 'emergency';

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

function questionOf(
  { observation, outlook, high, before, decision }: Thought,
  policy: Question['policy'],
): Question {
  return { seen: observation, outlook, high, policy, state: before, table: decision };
}
