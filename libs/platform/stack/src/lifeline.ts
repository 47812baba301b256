import { Socket } from 'node:net';

/**
 * Calls `onEnd` once when the descriptor's other end is closed: whoever started this process is gone, or wants it to
 * end. A socket and not a file stream: reading a file stream occupies a thread of the pool, and Node waits for that
 * thread when it exits.
 */
export function watchLifeline(fd: number, onEnd: () => void): void {
  const lifeline = new Socket({ fd, readable: true, writable: false });
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    onEnd();
  };
  for (const event of ['end', 'error', 'close'] as const) lifeline.on(event, end);
  lifeline.resume();
  lifeline.unref();
}
