/** What one host did between two scrapes, as counts: what costs are learned from. */
import type { CallSide, Counted } from './reading.ts';

export interface CallWork extends CallSide {
  readonly calls: number;
  /** Those of sampled roots, and the seconds that they took. */
  readonly timed: number;
  readonly seconds: number;
}

export interface HostWork {
  readonly seconds: number;
  /** CPU, s. */
  readonly cpuS: number;
  readonly calls: readonly CallWork[];
}

export function workOf(
  grown: readonly { readonly counted: Counted; readonly by: number }[],
  seconds: number,
): HostWork {
  const calls = new Map<string, CallWork>();
  let cpuS = 0;
  for (const { counted, by } of grown) {
    if (counted.what === 'cpu') cpuS += by;
    if (counted.what !== 'calls') continue;
    const { side, of } = counted;
    const key = [side.caller ?? '', side.module, side.operation, side.remote].join(' ');
    const known = calls.get(key) ?? { ...side, calls: 0, timed: 0, seconds: 0 };
    calls.set(key, { ...known, [of]: known[of] + by });
  }
  return { seconds, cpuS, calls: [...calls.values()] };
}
