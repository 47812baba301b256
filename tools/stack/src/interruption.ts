/** Ctrl-C, a signal, or the end of whoever started this: all mean an orderly stop, once. */
import { watchLifeline } from '@atlas/platform-stack';

/** An orderly stop takes no longer, ms (T3): whoever asks again afterwards wants the end. */
const STOP_MS = 5_000;
/** Conventional exit code of a process that was stopped by Ctrl-C. */
export const INTERRUPTED = 130;

/**
 * Calls `stop` at the first interruption. Further ones change nothing, for npm passes on what the terminal has sent
 * already; but one that comes when the stop should be over calls `end`.
 */
export function interruptions(
  { stop, end }: { readonly stop: () => void; readonly end: () => void },
  clock: () => number = () => performance.now(),
): () => void {
  let first: number | undefined;
  return () => {
    if (first === undefined) {
      first = clock();
      stop();
    } else if (clock() - first > STOP_MS) end();
  };
}

/** What is still running loses its lifeline. */
function endAtOnce(): never {
  process.stderr.write('atlas: the stop takes too long; ended at once, and what still runs ends by itself\n');
  process.exit(INTERRUPTED);
}

/** A signal that fires at the first interruption. */
export function interruption(lifelineFd: number | undefined): AbortSignal {
  const controller = new AbortController();
  const interrupt = interruptions({ stop: () => controller.abort(), end: endAtOnce });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  if (lifelineFd !== undefined) watchLifeline(lifelineFd, interrupt);
  return controller.signal;
}

/** Settles when the signal fires. */
export const interrupted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
