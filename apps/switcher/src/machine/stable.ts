/** Layouts to go back to. Pure. */
import { sameLayout, type Layout } from '@atlas/control-layout';
import { outcomeOf, type SwitchState } from './state.ts';

/** How many stable layouts are kept to go back to. */
export const STABLE_KEPT = 3;

/**
 * Its layout has proved itself, or was gone back to. What is certain does not wait for the end of the switch: hosts that it
 * leaves without work may take half a minute to end. An ending from before there were trials has no `trial`.
 */
function isStable(state: SwitchState): boolean {
  const { kind, stage } = state;
  if (kind === 'revert' || outcomeOf(state) !== 'committed') return false;
  if (kind === 'rollback') return true;
  return (
    'ending' in stage &&
    stage.ending.outcome === 'committed' &&
    ['passed', 'none', undefined].includes(stage.ending.trial)
  );
}

/**
 * Stable layouts, newest last, at most `STABLE_KEPT`: those whose switch passed its trial, or needed none. What was rolled
 * back from is not stable any more, so that two rollbacks go back two steps. A revert makes nothing stable: it goes
 * back to what was there before, stable or not.
 * @param switches oldest first.
 */
export function stableLayouts(switches: readonly SwitchState[]): Layout[] {
  const stack: Layout[] = [];
  for (const state of switches) {
    if (!isStable(state)) continue;
    const { kind, to } = state;
    const at = kind === 'rollback' ? stack.findLastIndex((layout) => sameLayout(layout, to)) : -1;
    if (at >= 0) stack.length = at + 1;
    else stack.push(to);
  }
  return stack.slice(-STABLE_KEPT);
}

/** Where a rollback goes: the newest stable layout that is not in force; undefined when there is none. */
export function rollbackTarget(stable: readonly Layout[], current: Layout): Layout | undefined {
  return stable.findLast((layout) => !sameLayout(layout, current));
}
