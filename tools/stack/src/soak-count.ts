/** What a soak covered, and what it lacks. */
import type { SwitchView } from '@atlas/control-api';
import type { Report } from './report-schema.ts';
import { TRANSITIONS, allPlacements, placementName, transitionName } from './soak-plan.ts';

/** From so many switches on a soak must go through every placement and every change of mode; the walk needs fewer. */
export const fullCover = (modules: readonly string[]): number => 2 ** modules.length + 8;

export interface SoakCount {
  readonly soak: NonNullable<Report['soak']>;
  /** In plain words; empty when everything asked for was covered. */
  readonly troubles: readonly string[];
}

/** Counts committed switches by change of mode and by placement entered. */
export function countSoak(
  asked: number,
  switches: readonly SwitchView[],
  modules: readonly string[],
): SoakCount {
  const transitions: Record<string, number> = {};
  const placements: Record<string, number> = {};
  const committed = switches.filter((view) => view.outcome === 'committed');
  for (const { from, to, toPlacements } of committed) {
    const entered = placementName(toPlacements);
    placements[entered] = (placements[entered] ?? 0) + 1;
    if (from === null || from === to) continue;
    const name = transitionName(from, to);
    transitions[name] = (transitions[name] ?? 0) + 1;
  }
  const whole = asked >= fullCover(modules);
  const unseenChanges = TRANSITIONS.filter((name) => transitions[name] === undefined);
  const unseenPlacements = allPlacements(modules).filter(
    (step) => placements[placementName(step.placements)] === undefined,
  ).length;
  return {
    soak: { switchesAsked: asked, switchesCovered: committed.length, transitions, placements },
    troubles: [
      ...(committed.length < asked
        ? [`only ${committed.length} of ${asked} switches were covered in the time given`]
        : []),
      ...(whole && unseenChanges.length > 0 ? [`changes never made: ${unseenChanges.join(', ')}`] : []),
      ...(whole && unseenPlacements > 0 ? [`${unseenPlacements} placements were never entered`] : []),
    ],
  };
}

/**
 * What is wrong with a soak that did not take the time that was asked for; empty when it did.
 * @param afterMs of load, until it was ended; infinite when it was not
 */
export const endedEarly = (afterMs: number, minutes: number): string[] =>
  afterMs < minutes * 60_000
    ? [`it was ended early, after ${(afterMs / 60_000).toFixed(1)} of ${minutes} minutes`]
    : [];
