import { setTimeout as wait } from 'node:timers/promises';
import { nowMs } from './clock.ts';
import type { Exchange } from './exchange.ts';

const ASK_EVERY_MS = 1_000;
/** Orders asked for at the same time. */
const TOGETHER = 16;

/**
 * Follows every pending order until its end is known, for `seconds` at most or until `signal` aborts.
 * Returns how many are still unknown.
 */
export async function settle(exchange: Exchange, seconds: number, signal: AbortSignal): Promise<number> {
  const end = nowMs() + seconds * 1_000;
  while (exchange.pending.size > 0 && nowMs() < end && !signal.aborted) {
    const open = [...exchange.pending];
    for (let i = 0; i < open.length && !signal.aborted; i += TOGETHER) {
      const asked = open.slice(i, i + TOGETHER).map((customer) => {
        const turn = { customer, step: 'order' } as const;
        return exchange.run('settle', turn, nowMs());
      });
      await Promise.all(asked);
    }
    if (exchange.pending.size > 0) await wait(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return exchange.pending.size;
}
