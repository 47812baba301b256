/** Layouts to go back to. Pure. */
import { sameLayout, type Layout } from '@atlas/control-layout';
import type { Ending, SwitchState } from './state.ts';

/** How many stable layouts are kept to go back to. */
export const STABLE_KEPT = 3;

/** Its layout has proved itself. Endings of before there were trials have none. */
const isStable = (ending: Ending): boolean =>
  ending.outcome === 'committed' && ['passed', 'none', undefined].includes(ending.trial);

/**
 * Stable layouts, newest last, at most `STABLE_KEPT`: those whose switch passed its trial, or needed none. What was rolled
 * back from is not stable any more, so that two rollbacks go back two steps. A revert makes nothing stable: it goes
 * back to what was there before, stable or not.
 * @param switches oldest first.
 */
export function stableLayouts(switches: readonly SwitchState[]): Layout[] {
  const stack: Layout[] = [];
  for (const { kind, stage, to } of switches) {
    if (stage.phase !== 'ended' || kind === 'revert' || !isStable(stage.ending)) continue;
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
