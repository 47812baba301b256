/**
 * Keeps one process running: starts it again when it ends, with back-off.
 *
 * K1  At most one run at a time; the next one starts after the last has ended.
 * K2  The pause doubles from 100 ms to 5 s (or to `mostPauseMs`) and is forgotten after 20 s of steady running.
 * K3  Nothing starts after `stop` was called.
 */
import { setTimeout as wait } from 'node:timers/promises';

export interface Run {
  /** Settles when the process has ended; the text says how. */
  readonly exited: Promise<string | void>;
  stop(): Promise<void>;
}

export interface KeptRunning<R extends Run> {
  /** The run of now, or the last one while the next is being started. */
  current(): R;
  /** Ends it for good. */
  stop(): Promise<void>;
}

export interface KeepOptions<R extends Run> {
  readonly start: () => Promise<R>;
  /** Told of each unexpected end and each failed start, before the pause. */
  readonly onTrouble: (what: string, pauseMs: number) => void;
  readonly firstPauseMs?: number;
  readonly mostPauseMs?: number | undefined;
}

/** K2. */
export const MOST_PAUSE_MS = 5_000;
const STEADY_MS = 20_000;

/** Starts it; a failure of the first start is the caller's. */
export async function keepRunning<R extends Run>(options: KeepOptions<R>): Promise<KeptRunning<R>> {
  const most = options.mostPauseMs ?? MOST_PAUSE_MS;
  const first = Math.min(options.firstPauseMs ?? 100, most);
  const stopping = new AbortController();
  let current = await options.start();

  async function restart(reason: string, pauseMs: number): Promise<void> {
    stopping.signal.throwIfAborted(); // K3: one that fails in the course of a stop is no trouble
    options.onTrouble(reason, pauseMs);
    await wait(pauseMs, undefined, { signal: stopping.signal });
    try {
      current = await options.start();
    } catch (error) {
      const next = Math.min(pauseMs * 2, most);
      return restart(error instanceof Error ? error.message : String(error), next);
    }
    if (stopping.signal.aborted) await current.stop(); // K3: it was just starting when `stop` came
  }

  async function watch(): Promise<void> {
    for (let pause = first; ;) {
      const since = performance.now();
      const how = (await current.exited) ?? 'ended';
      if (stopping.signal.aborted) return;
      if (performance.now() - since > STEADY_MS) pause = first;
      await restart(how, pause);
      pause = Math.min(pause * 2, most);
    }
  }

  const over = watch().catch(() => undefined);
  return {
    current: () => current,
    stop: async () => {
      stopping.abort();
      await current.stop();
      await over;
    },
  };
}
