/** Waiting until the stack can be used. */
import { setTimeout as wait } from 'node:timers/promises';
import { readRunFile } from './run-file.ts';

const POLL_MS = 50;

/** Whether the edge says that it is ready; false also when nobody answers within 1 s. */
export async function edgeReady(edgeUrl: string): Promise<boolean> {
  try {
    const answer = await fetch(`${edgeUrl}/readyz`, { signal: AbortSignal.timeout(1_000) });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false;
  }
}

/**
 * Resolves to the control URL once the switcher named it and the edge answers; to undefined when that takes longer
 * than `withinMs` or `cancelled` says so.
 */
export async function stackReady(
  home: string,
  edgeUrl: string,
  options: { readonly withinMs: number; readonly cancelled: () => boolean },
): Promise<string | undefined> {
  const until = performance.now() + options.withinMs;
  while (performance.now() < until && !options.cancelled()) {
    const controlUrl = (await readRunFile(home).catch(() => undefined))?.controlUrl;
    if (controlUrl && (await edgeReady(edgeUrl))) return controlUrl;
    await wait(POLL_MS);
  }
  return undefined;
}
