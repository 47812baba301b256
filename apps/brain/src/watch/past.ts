/** What the store knows of the past, told to the memory, the mind and the council: at the start, or when it is back. */
import { MINUTE_MS, type BrainStore, type StoredMinute } from '@atlas/brain-collector';
import type { TraceTime } from '../clocks.ts';
import type { Council } from './council.ts';
import type { Memory } from './memory.ts';
import type { Mind } from './mind.ts';
import type { StoredThought } from './thought.ts';

/** What a forecast looks back on, eight days, and how much of it is read at once: the loop goes on in between. */
const MINUTES = 8 * 1_440;
const PAGE = 480;
/** Whether it was just here is asked of so many stored seconds, ms. */
const RECENT_MS = 15_000;

type Reads = Pick<BrainStore, 'minutes'>;

interface Now {
  readonly time: TraceTime;
  /** ms since 1970, real time. */
  readonly wallMs: number;
}

/**
 * Minutes. @returns how many
 * @throws as the store does; it knows no part of them then
 */
export async function tellPast(memory: Memory, store: Reads, { time, wallMs }: Now): Promise<number> {
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

/**
 * The last decision, before any of its own is stored, or a second. @returns its number; undefined: there is none
 * @throws as the store does; it knows nothing of it then
 */
export async function tellLast(
  { mind, council }: { readonly mind: Mind; readonly council: Council },
  store: Pick<BrainStore, 'decisions' | 'secondsSince'>,
  { time, wallMs }: Now,
): Promise<number | undefined> {
  const [last] = await store.decisions<StoredThought>(1);
  const seconds = await store.secondsSince(wallMs - RECENT_MS);
  const seen = seconds.findLast(({ covered, at }) => covered > 0 && at >= time.beginsAt);
  const seenAt = seen && time.of(seen.at);
  council.resume(last?.body.counsel?.trust);
  mind.resume({ state: last?.body.after, epoch: last?.body.observation.epoch, seenAt });
  return last?.id;
}
