/** What the store knows of the past, told to the mind. */
import { MINUTE_MS, type BrainStore, type StoredMinute } from '@atlas/brain-collector';
import type { Mind } from './mind.ts';

/** What a forecast looks back on, eight days, and how much of it is read at once: the loop goes on in between. */
const MINUTES = 8 * 1_440;
const PAGE = 480;

type Reads = Pick<BrainStore, 'sales' | 'minutes'>;

/**
 * Minutes, and sales if it does not know them.
 * @param nowMs ms since 1970, of the time that the shop is seen in @returns how many minutes
 * @throws as the store does; the mind knows no part of the minutes then
 */
export async function tellPast(mind: Mind, store: Reads, nowMs: number): Promise<number> {
  if (!mind.knowsSales) mind.know(await store.sales());
  return mind.recall(pagesUntil(Math.floor(nowMs / MINUTE_MS), store));
}

async function* pagesUntil(now: number, store: Reads): AsyncGenerator<readonly StoredMinute[]> {
  for (let from = now - MINUTES; from < now;) {
    const page = (await store.minutes(from, PAGE)).filter(({ minute }) => minute < now);
    yield page;
    from = (page.at(-1)?.minute ?? now) + 1;
  }
}
