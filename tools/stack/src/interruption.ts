/** Ctrl-C, a signal, or the end of whoever started this: all mean an orderly stop, once. */
import { watchLifeline } from '@atlas/platform-stack';

/** A signal that fires at the first interruption; later ones change nothing, for the stop is under way. */
export function interruption(lifelineFd: number | undefined): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
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
