import { setTimeout as wait } from 'node:timers/promises';

export interface Patience {
  readonly withinMs?: number;
  readonly everyMs?: number;
}

/**
 * Looks until `check` neither throws nor rejects, and resolves to what it returned.
 * @throws Error with the last failure as its cause when that takes longer than `withinMs` (30 s by default).
 */
export async function assertEventually<T>(
  what: string,
  check: () => T | Promise<T>,
  { withinMs = 30_000, everyMs = 50 }: Patience = {},
): Promise<T> {
  for (const until = performance.now() + withinMs; ; await wait(everyMs)) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() < until) continue;
      const last = error instanceof Error ? error.message : String(error);
      throw new Error(`never happened within ${withinMs} ms: ${what}; last: ${last}`, { cause: error });
    }
  }
}
