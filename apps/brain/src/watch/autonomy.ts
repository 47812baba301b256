/** How much the brain may do by itself, as the switcher says it. The switcher enforces it; the brain keeps to it. */
import type { AutonomyView } from '@atlas/control-api';

/** `level` as it was set, `effective` what counts now: an operator's switch holds it at 1 at most for a while. */
export type Autonomy = AutonomyView;

/** What counts when the switcher says nothing of it: only watch. */
export const WATCHING: Autonomy = { level: 0, effective: 0, heldUntil: null, frozen: null };

const HIGHEST = 4;
const isLevel = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= HIGHEST;

/** What is not understood means `WATCHING`. */
export function autonomyOf(told: unknown): Autonomy {
  if (typeof told !== 'object' || told === null) return WATCHING;
  const { level, effective, heldUntil, frozen } = told as Partial<Record<keyof Autonomy, unknown>>;
  if (!isLevel(level) || !isLevel(effective)) return WATCHING;
  const held = typeof heldUntil === 'string' ? heldUntil : null;
  if (frozen === null || frozen === undefined) return { level, effective, heldUntil: held, frozen: null };
  const { since, reason } = frozen as { since?: unknown; reason?: unknown };
  return {
    ...{ level, effective, heldUntil: held },
    frozen: {
      since: typeof since === 'string' ? since : '',
      reason: typeof reason === 'string' ? reason : '',
    },
  };
}
