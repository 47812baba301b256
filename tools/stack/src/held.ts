import type { AutonomyView } from '@atlas/control-api';

/** Something that an operator has stopped, perhaps in an earlier run, and what ends it. */
export interface Held {
  readonly what: string;
  readonly ends: string;
}

const clock = (at: string): string => `${at.slice(11, 16)} UTC`;

/** Empty when brain and emergency may do what their level says. */
export function held({ level, effective, heldUntil, frozen }: AutonomyView): Held[] {
  const found: Held[] = [];
  if (frozen) {
    const reason = frozen.reason === '' ? '' : `, ${frozen.reason}`;
    found.push({
      what: `frozen since ${clock(frozen.since)}${reason}`,
      ends: ': npx atlasctl unfreeze ends it',
    });
  }
  if (heldUntil !== null && effective < level)
    found.push({
      what: `held at level ${effective} until ${clock(heldUntil)} by an operator's switch`,
      ends: `: npx atlasctl level ${level} ends it`,
    });
  return found;
}
