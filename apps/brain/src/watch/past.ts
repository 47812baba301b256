/** What the store knows of the past, told to the memory. */
import { MINUTE_MS, type BrainStore, type StoredMinute } from '@atlas/brain-collector';
import type { TraceTime } from '../clocks.ts';
import type { Memory } from './memory.ts';

/** What a forecast looks back on, eight days, and how much of it is read at once: the loop goes on in between. */
const MINUTES = 8 * 1_440;
const PAGE = 480;

type Reads = Pick<BrainStore, 'sales' | 'minutes'>;

/**
 * Minutes, and sales if it does not know them.
 * @param wallMs now, ms since 1970, real time @returns how many minutes
 * @throws as the store does; it knows no part of the minutes then
 */
export async function tellPast(
  memory: Memory,
  store: Reads,
  { time, wallMs }: { readonly time: TraceTime; readonly wallMs: number },
): Promise<number> {
  if (!memory.knowsSales) memory.know(await store.sales());
  const now = time.of(Math.max(wallMs, time.beginsAt));
  return memory.recall(pagesUntil(Math.floor(now / MINUTE_MS), store));
}

async function* pagesUntil(now: number, store: Reads): AsyncGenerator<readonly StoredMinute[]> {
  for (let from = now - MINUTES; from < now;) {
    const page = (await store.minutes(from, PAGE)).filter(({ minute }) => minute < now);
    yield page;
    from = (page.at(-1)?.minute ?? now) + 1;
  }
}
