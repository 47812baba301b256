/** A switch at each of its stages, and what it may see. */
import { advance } from '../src/machine/advance.ts';
import type { Observation, SwitchState } from '../src/machine/index.ts';
import type { Ending, Stage } from '../src/machine/state.ts';
import { CART, host, layout, seen, switching } from './observations.ts';

export const PLANNED: Stage = { phase: 'planned' };
export const PREPARING: Stage = { phase: 'preparing', epoch: 2, deadlineAt: 40_000 };
export const UNPROPOSED: Stage = { phase: 'preparing', epoch: null, deadlineAt: 40_000 };
export const COMMITTING: Stage = { phase: 'committing', epoch: 2, deadlineAt: 40_000 };
export const REASON = { code: 'operator', detail: 'no' } as const;
export const ABORTING: Stage = { phase: 'aborting', epoch: 2, reason: REASON };
export const ROUTING: Stage = { phase: 'routed-wait', epoch: 2, committedAt: 9_500 };
export const TRIED: Stage = {
  phase: 'trial',
  epoch: 2,
  committedAt: 9_500,
  deadlineAt: 70_000,
  breach: null,
};
export const PASSED: Ending = { outcome: 'committed', trial: 'passed' };
export const DRAINING: Stage = { phase: 'draining', epoch: 2, committedAt: 9_500, ending: PASSED };
export const RETIRING: Stage = { phase: 'retiring', epoch: 2, committedAt: 9_500, ending: PASSED };
export const ENDED: Stage = {
  phase: 'ended',
  epoch: 2,
  committedAt: 9_500,
  ending: PASSED,
  endedAt: 9_900,
};

/** Everyone holds epoch 2, and cart is warm. */
export const prepared = (changes: Partial<Observation> = {}): Observation =>
  seen({ prepared: layout(2, CART), hosts: [host('shop-0'), host('cart-0')], ...changes });
/** Epoch 2 is in force, epoch 1 still live. */
export const inForce = (changes: Partial<Observation> = {}): Observation =>
  seen({
    committed: layout(2, CART),
    live: [layout(1), layout(2, CART)],
    hosts: [host('shop-0', { lease: { closedThrough: 1 } }), host('cart-0')],
    ...changes,
  });

/** One step of a switch at a stage. */
export function step(stage: Stage, now: Observation, changes: Partial<SwitchState> = {}) {
  const { state, effects } = advance(switching(stage, changes), now);
  return { stage: state.stage, times: state.times, notes: state.notes, effects };
}
export const phaseAfter = (...args: Parameters<typeof step>) => step(...args).stage.phase;
