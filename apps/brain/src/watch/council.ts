/**
 * The advisors' council in the loop: asks them, weighs them with the table, and learns whom to trust.
 *
 * K1  Nobody is asked in an emergency.
 * K2  Nobody is waited for longer than `ADVICE_WITHIN_MS`: who is late is silent, and a silent one changes nothing.
 * K3  Trust follows what each advice would have come to, five minutes later, under the highest load since; advice is
 *     kept once a minute. While no costs are known, nobody can tell, and trust stays as it was.
 */
import {
  consult,
  firstTrust,
  lossesOf,
  TABLE,
  updateTrust,
  weigh,
  type Advisor,
  type Choice,
  type Heard,
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

interface Kept {
  readonly atMs: number;
  readonly advised: ReadonlyMap<string, Layout>;
  /** Highest load since. */
  readonly peakRps: number;
}

export class Council {
  readonly #parts: CouncilParts;
  #trust: Trust;
  #kept: readonly Kept[] = [];

  constructor(parts: CouncilParts) {
    this.#parts = parts;
    this.#trust = firstTrust(parts.advisors.map(({ name }) => name));
  }

  /** Trust that was stored; left alone when it is of other advisors. */
  resume(trust: Trust | undefined): void {
    const names = (of: Trust): string => Object.keys(of).sort().join(' ');
    const sound = Object.values(trust ?? {}).every((value) => value > 0 && value <= 1);
    if (trust !== undefined && sound && names(trust) === names(this.#trust)) this.#trust = trust;
  }

  async hear(thought: Thought): Promise<Counsel> {
    this.#judge(thought);
    const question = questionOf(thought, this.#parts.policy);
    const { proposal } = thought.decision;
    const emergency = proposal.kind === 'move' && proposal.source === 'emergency';
    const heard = emergency ? [] : await consult(this.#parts.advisors, question, ADVICE_WITHIN_MS);
    this.#keep(thought, heard);
    return { ...weigh(question, heard, this.#trust), heard, trust: this.#trust };
  }

  /** K3. */
  #keep({ observation, decision }: Thought, heard: readonly Heard[]): void {
    const sinceMs = observation.atMs - (this.#kept.at(-1)?.atMs ?? -Infinity);
    if (sinceMs >= 0 && sinceMs < KEPT_EVERY_MS) return;
    const { proposal } = decision;
    const own = proposal.kind === 'move' ? proposal.to : observation.layout;
    const spoken = heard.flatMap(({ advisor, advice }) => (advice ? [[advisor, advice.to] as const] : []));
    const advised = new Map([[TABLE, own], ...spoken]);
    this.#kept = [...this.#kept, { atMs: observation.atMs, advised, peakRps: observation.rps }];
  }

  /** K3. */
  #judge({ observation: { atMs, rps } }: Thought): void {
    const known = this.#parts.known();
    const risen = this.#kept.map((each) => ({ ...each, peakRps: Math.max(each.peakRps, rps) }));
    const due = ({ atMs: then }: Kept): boolean => atMs - then >= JUDGED_AFTER_MS || atMs < then;
    for (const { advised, peakRps, atMs: then } of risen.filter(due)) {
      if (!known || atMs < then) continue;
      const { costs, site, intent } = known;
      this.#trust = updateTrust(this.#trust, lossesOf(advised, { costs, site, rps: peakRps }, intent));
    }
    this.#kept = risen.filter((each) => !due(each));
  }
}

function questionOf(
  { observation, outlook, high, before, decision }: Thought,
  policy: Question['policy'],
): Question {
  return { seen: observation, outlook, high, policy, state: before, table: decision };
}
