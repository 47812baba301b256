import { setTimeout as wait } from 'node:timers/promises';
import type { OpenWork } from './shop-database.ts';

/** What is left to be done, as told while waiting. */
export interface QuietProgress {
  readonly openSagas: number;
  readonly openEvents: number;
  readonly waitedMs: number;
}

const ASK_EVERY_MS = 500;

/**
 * Waits until no saga, inbox or event row is open, for `waitMs` at most.
 * Returns undefined then, or in plain words what is still open.
 */
export async function untilQuiet(
  openWork: () => Promise<OpenWork>,
  waitMs: number,
  onProgress: (progress: QuietProgress) => void,
): Promise<string | undefined> {
  const begin = Date.now();
  for (;;) {
    const { sagas, events } = await openWork();
    if (sagas.length === 0 && events.length === 0) return undefined;
    const waitedMs = Date.now() - begin;
    onProgress({ openSagas: sagas.length, openEvents: events.length, waitedMs });
    if (waitedMs >= waitMs) return stillOpen({ sagas, events }, waitMs);
    await wait(Math.min(ASK_EVERY_MS, waitMs - waitedMs));
  }
}

function stillOpen({ sagas, events }: OpenWork, waitMs: number): string {
  const parts = [
    sagas.length === 0 ? [] : [`checkouts of the orders ${sagas.join(', ')}`],
    events.length === 0 ? [] : [`events ${events.join(', ')}`],
  ];
  return `still open after ${Math.round(waitMs / 1_000)} s: ${parts.flat().join('; ')}`;
}
