/** The smallest change of one input that would have decided otherwise: asked of the controller itself, by bisection. */
import { decide } from './decide.ts';
import type { Controller, Decision, DecisionState } from './decision.ts';
import type { Observation, Outlook } from './observation.ts';
import type { Policy } from './policy.ts';
import { rungAt } from './shape.ts';

export interface Otherwise {
  readonly input: 'rps' | 'in5Rps' | 'in15Rps' | 'anomaly';
  readonly value: number;
  /** The value that flips the decision, and what it would be then. */
  readonly flipsAt: number;
  readonly to: string;
}

interface Asked {
  readonly seen: Observation;
  readonly outlook: Outlook;
  readonly policy: Policy;
  readonly state: DecisionState;
  /** `decide` by default. */
  readonly controller?: Controller;
}

type Input = Otherwise['input'];

/** Steps of the bisection: until no number is between, so that a threshold is told as it is. */
const STEPS = 60;

const nameOf = ({ rule, proposal }: Decision, policy: Policy): string =>
  proposal.kind === 'none' ? rule : `${rule} to ${rungAt(policy, proposal.rung).name}`;

function withInput(
  { seen, outlook, policy, state, controller = decide }: Asked,
  input: Input,
  value: number,
): Decision {
  const changed = { [input]: value };
  return input === 'rps' || input === 'anomaly'
    ? controller({ ...seen, ...changed }, outlook, policy, state)
    : controller(seen, { ...outlook, ...changed }, policy, state);
}

const valueOf = ({ seen, outlook }: Asked, input: Input): number =>
  input === 'rps' ? seen.rps : input === 'anomaly' ? (seen.anomaly ?? 0) : outlook[input];

/** Where the decision flips between the value and a bound; undefined when the bound decides the same. */
function flip(asked: Asked, input: Input, bound: number): Otherwise | undefined {
  const value = valueOf(asked, input);
  const at = (of: number): string => nameOf(withInput(asked, input, of), asked.policy);
  const now = at(value);
  if (at(bound) === now) return undefined;
  let [same, other] = [value, bound];
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (same + other) / 2;
    if (at(middle) === now) same = middle;
    else other = middle;
  }
  return { input, value, flipsAt: other, to: at(other) };
}

/** Nearest flips first, by their size relative to what the input may be. */
export function otherwise(asked: Asked): Otherwise[] {
  const most = 2 * Math.max(...asked.policy.rungs.map(({ bearsRps }) => bearsRps), asked.seen.rps);
  const spans: Record<Input, number> = { rps: most, in5Rps: most, in15Rps: most, anomaly: 1 };
  const found = (Object.keys(spans) as Input[]).flatMap((input) =>
    [0, spans[input]].flatMap((bound) => flip(asked, input, bound) ?? []),
  );
  const size = ({ input, value, flipsAt }: Otherwise): number => Math.abs(flipsAt - value) / spans[input];
  return found.sort((a, b) => size(a) - size(b));
}
