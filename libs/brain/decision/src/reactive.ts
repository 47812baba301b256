/**
 * The controller to compare with: what an autoscaler does. It knows the rate of now alone, looks each 15 s, and moves when
 * what it sees has asked for the same rung's side for 30 s. Same ladder, same hysteresis, same capacities; no forecast, no
 * emergency, no pre-warm.
 */
import { enteredBy } from './decide.ts';
import type { Controller, Decision, DecisionState, Reactive, Rule } from './decision.ts';
import { layoutAt, rungAt, rungOf } from './shape.ts';

/** ms of trace time. */
const POLL_MS = 15_000;
const HOLD_MS = 30_000;

type Side = 'rise' | 'fall';

const wishOf = (side: Side | null, before: Reactive | undefined, atMs: number): Reactive['wish'] => {
  if (side === null) return null;
  const { wish } = before ?? {};
  return wish?.side === side && wish.sinceMs <= atMs ? wish : { side, sinceMs: atMs };
};

function decided(side: Side | null, because: string, parts: Pick<Decision, 'proposal' | 'state'>): Decision {
  const rule = side ?? 'stay';
  const named = (['rise', 'fall', 'stay'] as const).map((name): Rule => {
    const fired = name === rule;
    return { name, fired, because: fired ? because : 'not now' };
  });
  return { rule, rules: named, ...parts };
}

/** The outlook is not looked at. */
export const reactive: Controller = (seen, _outlook, policy, state) => {
  const { atMs, rps, layout } = seen;
  const before = state.reactive;
  const none = { kind: 'none' } as const;
  const agoMs = atMs - (before?.polledAtMs ?? -Infinity);
  if (agoMs >= 0 && agoMs < POLL_MS) return decided(null, 'it looks each 15 s', { proposal: none, state });
  const at = rungOf(layout, policy);
  const entered = enteredBy(rps, policy);
  const low = rps < rungAt(policy, at).leaveRps;
  const side = entered > at ? 'rise' : low && entered < at ? 'fall' : null;
  const wish = wishOf(side, before, atMs);
  const next: DecisionState = { ...state, reactive: { polledAtMs: atMs, wish } };
  const heldMs = wish ? atMs - wish.sinceMs : 0;
  const because = `${Math.round(rps)} requests/s now, for ${Math.round(heldMs / 1_000)} s of ${HOLD_MS / 1_000} s`;
  if (!wish || heldMs < HOLD_MS) return decided(null, because, { proposal: none, state: next });
  const to = layoutAt(entered, { seen, policy });
  return decided(side, because, {
    proposal: { kind: 'move', source: 'brain', rung: entered, to },
    state: next,
  });
};
