import { BUNDLE, modeOf, type Layout } from '@atlas/control-layout';
import type { Observation } from './observation.ts';
import type { Policy, Rung } from './policy.ts';

/**
 * Modules that leave the bundle, most stressed first, until they carry `extractShare` of the stress and are `extractLeast`;
 * never all. Equal stress goes by name, so the answer is always the same.
 */
export function stressed(
  stress: Readonly<Record<string, number>>,
  { extractShare, extractLeast }: Pick<Policy, 'extractShare' | 'extractLeast'>,
): string[] {
  const ranked = Object.entries(stress).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const all = ranked.reduce((sum, [, value]) => sum + value, 0);
  const out: string[] = [];
  let carried = 0;
  for (const [module, value] of ranked.slice(0, -1)) {
    if (out.length >= extractLeast && carried >= extractShare * all) break;
    out.push(module);
    carried += value;
  }
  return out;
}

/** @throws RangeError when the ladder has no such rung */
export function rungAt({ rungs }: Pick<Policy, 'rungs'>, at: number): Rung {
  const rung = rungs[at];
  if (!rung) throw new RangeError(`the ladder has no rung ${at}`);
  return rung;
}

/** The layout that a rung means for these modules. */
export function layoutOf(rung: Rung, current: Layout, extracted: readonly string[]): Layout {
  const modules = Object.keys(current.placements);
  const services = rung.mode === 'tight' ? [] : rung.mode === 'loose' ? modules : extracted;
  const placements = Object.fromEntries(
    modules.map((module) => [module, services.includes(module) ? 'service' : 'bundle'] as const),
  );
  const instances = Object.fromEntries([
    [BUNDLE, rung.bundles],
    ...services.map((module) => [module, rung.instances] as const),
  ]);
  return { ...current, placements, instances, canary: {} };
}

/** T10 of `decide.ts`: a layout with the bundles that any of these rungs, on the way to it, needs. */
export const withReserve = (layout: Layout, rungs: readonly Rung[]): Layout => ({
  ...layout,
  instances: { ...layout.instances, [BUNDLE]: Math.max(...rungs.map(({ bundles }) => bundles)) },
});

/** The layout that a rung means for what is seen. @throws RangeError when the ladder has no such rung */
export const layoutAt = (
  rung: number,
  { seen, policy }: { readonly seen: Pick<Observation, 'layout' | 'stress'>; readonly policy: Policy },
): Layout => layoutOf(rungAt(policy, rung), seen.layout, stressed(seen.stress, policy));

/** The rung that a layout stands on: the highest of its mode with at most its bundles, else the first. */
export function rungOf(layout: Layout, { rungs }: Policy): number {
  const mode = modeOf(layout);
  const bundles = layout.instances[BUNDLE] ?? 1;
  const order = { tight: 0, hybrid: 1, loose: 2 };
  const below = rungs.findLastIndex(
    (rung) => order[rung.mode] < order[mode] || (rung.mode === mode && rung.bundles <= bundles),
  );
  return Math.max(0, below);
}
