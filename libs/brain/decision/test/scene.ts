/** A shop of four modules as a decision sees it, and decisions in few words. */
import { modeOf, type Layout } from '@atlas/control-layout';
import {
  decide,
  INITIAL_STATE,
  layoutOf,
  measuredPolicy,
  PAPER,
  type Decision,
  type Observation,
  type Outlook,
  type Policy,
} from '../src/index.ts';

export const MINUTE = 60_000;
export const MODULES = ['cart', 'catalog', 'payment', 'shipping'];
export const STRESS = { cart: 0.4, catalog: 0.3, payment: 0.2, shipping: 0.1 };

export const EMPTY: Layout = {
  placements: Object.fromEntries(MODULES.map((module) => [module, 'bundle' as const])),
  instances: { bundle: 1 },
  canary: {},
  configVersion: 1,
};
export const on = (rung: number, policy: Policy = PAPER): Layout => {
  const found = policy.rungs[rung];
  if (!found) throw new Error(`there is no rung ${rung}`);
  return layoutOf(found, EMPTY, ['cart', 'payment']);
};

export const seenAt = (rps: number, change: Partial<Observation> = {}): Observation => ({
  atMs: 100 * MINUTE,
  epoch: 7,
  layout: EMPTY,
  rps,
  stress: STRESS,
  strain: 0,
  borneRps: null,
  anomaly: 0.1,
  crashed: [],
  ready: {},
  ...change,
});
export const flat = (rps: number): Outlook => ({ in5Rps: rps, in15Rps: rps, in60Rps: rps });

export const told = ({ rule, proposal }: Decision): unknown =>
  proposal.kind === 'none'
    ? rule
    : [rule, proposal.kind, modeOf(proposal.to), proposal.kind === 'move' ? proposal.source : ''];

export const EACH = { cart: 1, catalog: 1, payment: 1, shipping: 1 };
/** With stress as above, cart and catalog leave the bundle in hybrid. */
export const HALF = { cart: 1, catalog: 1 };
export const FOUR = measuredPolicy({ tight: 400, tight2: 560, hybrid: 700, loose: 1_000 });
export const rungAfter = (
  seen: Observation,
  { outlook = flat(seen.rps), policy = FOUR, state = INITIAL_STATE } = {},
) => {
  const { proposal, rule, rules } = decide(seen, outlook, policy, state);
  const because = rules.find(({ name }) => name === rule)?.because;
  return [rule, proposal.kind === 'none' ? undefined : policy.rungs[proposal.rung]?.name, because];
};
