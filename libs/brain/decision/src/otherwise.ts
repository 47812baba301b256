/** The smallest change of one input that would have decided otherwise: asked of whoever decides, by bisection. */
import type { Proposal } from './decision.ts';
import type { Observation, Outlook } from './observation.ts';
import type { Policy } from './policy.ts';
import { rungAt } from './shape.ts';

export interface Otherwise {
  readonly input: 'rps' | 'in5Rps' | 'in15Rps' | 'anomaly' | 'strain' | 'crashed';
  /** Of `crashed` how many; all of them would have to be back. */
  readonly value: number;
  /** The value that flips the decision, and what it would be then. */
  readonly flipsAt: number;
  readonly to: string;
}

interface Asked {
  readonly seen: Observation;
  readonly outlook: Outlook;
  readonly policy: Policy;
  /** What would be decided, as `wordsOf` has it. */
  readonly decides: (seen: Observation, outlook: Outlook) => string | Promise<string>;
}

type Input = Otherwise['input'];

/** Steps of the bisection: until no number is between, so that a threshold is told as it is. */
const STEPS = 60;

/** Words that differ when a decision does. @param why the rule, or who else decides */
export const wordsOf = (why: string, proposal: Proposal, policy: Policy): string =>
  proposal.kind === 'none' ? why : `${why} to ${rungAt(policy, proposal.rung).name}`;

function withInput({ seen, outlook, decides }: Asked, input: Input, value: number): string | Promise<string> {
  if (input === 'in5Rps' || input === 'in15Rps') return decides(seen, { ...outlook, [input]: value });
  const changed = input === 'crashed' ? { crashed: value > 0 ? seen.crashed : [] } : { [input]: value };
  return decides({ ...seen, ...changed }, outlook);
}

function valueOf({ seen, outlook }: Asked, input: Input): number {
  if (input === 'in5Rps' || input === 'in15Rps') return outlook[input];
  return input === 'crashed' ? seen.crashed.length : (seen[input] ?? 0);
}

/** Where the decision flips between the value and a bound; undefined when the bound decides the same. */
async function flip(asked: Asked, input: Input, bound: number): Promise<Otherwise | undefined> {
  const value = valueOf(asked, input);
  const now = await withInput(asked, input, value);
  let [same, other, to] = [value, bound, await withInput(asked, input, bound)];
  if (to === now) return undefined;
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (same + other) / 2;
    const then = await withInput(asked, input, middle);
    if (then === now) same = middle;
    else [other, to] = [middle, then];
  }
  return { input, value, flipsAt: other, to };
}

/** Nearest flips first, by their size relative to what the input may be; some hundred decisions are asked for. */
export async function otherwise(asked: Asked): Promise<Otherwise[]> {
  const most = 2 * Math.max(...asked.policy.rungs.map(({ bearsRps }) => bearsRps), asked.seen.rps);
  const rates = { rps: most, in5Rps: most, in15Rps: most };
  const spans: Record<Input, number> = { ...rates, anomaly: 1, strain: 1, crashed: 1 };
  const found: Otherwise[] = [];
  for (const input of Object.keys(spans) as Input[])
    for (const bound of [0, spans[input]]) {
      const flipped = await flip(asked, input, bound);
      if (flipped) found.push(flipped);
    }
  const size = ({ input, value, flipsAt }: Otherwise): number => Math.abs(flipsAt - value) / spans[input];
  return found.sort((a, b) => size(a) - size(b));
}
