/**
 * A random walk over all placements, seeded.
 *
 * W1  As long as a placement or a change between two modes was not seen, steps that bring one are drawn first, then
 *     steps to a mode from which one can be made.
 * W2  Later, a mode is drawn first and then one of its placements: else nearly all would be hybrid.
 */
import type { Mode, Placements } from '@atlas/control-api';

export interface WalkStep {
  readonly placements: Placements;
  readonly mode: Mode;
}

/** Uniform in [0, 1), the same for the same seed (mulberry32, public domain). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** All placements of these modules; 2 to the power of their number. */
export function allPlacements(modules: readonly string[]): WalkStep[] {
  return Array.from({ length: 2 ** modules.length }, (_, mask) => {
    const entries = modules.map((module, i) => [module, mask & (1 << i) ? 'service' : 'bundle'] as const);
    const mode = mask === 0 ? 'tight' : mask === 2 ** modules.length - 1 ? 'loose' : 'hybrid';
    return { placements: Object.fromEntries(entries), mode };
  });
}

/** Services joined by `+`; `none` when all are in the bundle. */
export const placementName = (placements: Placements): string =>
  Object.keys(placements)
    .filter((module) => placements[module] === 'service')
    .sort()
    .join('+') || 'none';

export const transitionName = (from: Mode, to: Mode): string => `${from}>${to}`;

/** The six directed changes between two modes. */
export const TRANSITIONS: readonly string[] = ['tight', 'hybrid', 'loose'].flatMap((from) =>
  ['tight', 'hybrid', 'loose'].filter((to) => to !== from).map((to) => `${from}>${to}`),
);

/** Yields `count` steps, none equal to the one before it; starts from all modules in the bundle. */
export function* walk(modules: readonly string[], count: number, seed: number): Generator<WalkStep> {
  const random = seededRandom(seed);
  const draw = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const all = allPlacements(modules);
  const unseen = new Set([...all.map(({ placements }) => placementName(placements)), ...TRANSITIONS]);
  let at = all[0];
  for (let step = 0; step < count && at; step += 1) {
    const here = at;
    unseen.delete(placementName(here.placements));
    const leadsOn = (mode: Mode): number =>
      TRANSITIONS.filter((name) => name.startsWith(`${mode}>`) && unseen.has(name)).length;
    const others = all.filter((other) => other !== here);
    const gain = (other: WalkStep): number =>
      Number(unseen.has(placementName(other.placements))) +
      Number(unseen.has(transitionName(here.mode, other.mode)));
    at = draw(best(others, [gain, (other) => leadsOn(other.mode)], draw));
    unseen.delete(transitionName(here.mode, at.mode));
    unseen.delete(placementName(at.placements));
    yield at;
  }
}

/** Those that the first telling measure likes most (W1); without one, those of a mode that was drawn (W2). */
function best(
  steps: readonly WalkStep[],
  measures: readonly ((step: WalkStep) => number)[],
  draw: <T>(from: readonly T[]) => T,
): readonly WalkStep[] {
  for (const measure of measures) {
    const most = Math.max(...steps.map(measure));
    if (most > 0) return steps.filter((step) => measure(step) === most);
  }
  const mode = draw([...new Set(steps.map((step) => step.mode))]);
  return steps.filter((step) => step.mode === mode);
}
