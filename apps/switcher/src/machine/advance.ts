/**
 * The switch protocol as a pure function. The engine runs it, tests and simulations run the same.
 *
 * A trial stands between `routed-wait` and `draining`. Failed, it opens a second switch, the revert, and leads on
 * to `draining` with the outcome `reverted` once that is in force.
 */
import type { Observation } from './observation.ts';
import type { Phase, SwitchState } from './state.ts';
import * as steps from './steps.ts';
import { trial } from './trial-step.ts';
import { validateTable, type Row, type Step, type Table } from './table.ts';

export const TABLE: Table = {
  planned: { to: ['preparing', 'ended'], step: steps.planned },
  preparing: { to: ['committing', 'aborting'], step: steps.preparing },
  committing: { to: ['preparing', 'routed-wait', 'aborting'], step: steps.committing },
  aborting: { to: ['retiring', 'routed-wait'], step: steps.aborting },
  'routed-wait': { to: ['trial', 'draining'], step: steps.routedWait },
  trial: { to: ['draining'], step: trial },
  draining: { to: ['retiring'], step: steps.draining },
  retiring: { to: ['ended'], step: steps.retiring },
  ended: { to: [], step: steps.ended },
};

validateTable(TABLE, 'planned', 'ended');

/** One step. Call again with the same observation while the state changes and no effect is asked for. */
export function advance(state: SwitchState, seen: Observation, table: Table = TABLE): Step {
  const phase = state.stage.phase;
  const row = table[phase] as Row<Phase>;
  const next = row.step(state as Parameters<typeof row.step>[0], seen);
  const reached = next.state.stage.phase;
  if (reached !== phase && !row.to.includes(reached)) {
    throw new Error(`${phase} went to ${reached}, which the transition table does not allow`);
  }
  return next;
}
