/** Where machine or event loop has no room left, as hosts tell it (J3 of `trial.ts`). Pure. */
import type { Tally } from '@atlas/control-layout';

/** Busy share above which a machine, or an event loop, has no room left. */
const STRAINED = 0.9;

const isFull = (tallies: readonly Tally[], what: 'machine' | 'loop'): boolean =>
  tallies.some(({ strain }) => strain[what] >= STRAINED);

export const isStrained = (tallies: readonly Tally[]): boolean =>
  isFull(tallies, 'machine') || isFull(tallies, 'loop');

/** A host that has just moved gets neither the time to serve nor that to warm up. */
export const isStarved = (tallies: readonly Tally[]): boolean =>
  isFull(tallies, 'machine') && isFull(tallies, 'loop');
