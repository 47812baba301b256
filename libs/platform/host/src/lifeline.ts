import { createReadStream } from 'node:fs';

/**
 * Watches the read end of the pipe that the root supervisor holds open: its end of file, or any error of it, means
 * that the supervisor is gone and everything shuts down.
 * @returns what stops watching.
 */
export function watchLifeline(descriptor: number | undefined, onGone: () => void): () => void {
  if (descriptor === undefined) return () => {};
  let watching = true;
  const gone = (): void => {
    if (watching) onGone();
    watching = false;
  };
  const stream = createReadStream('', { fd: descriptor, autoClose: false });
  stream
    .on('data', () => {})
    .once('end', gone)
    .once('error', gone);
  return () => {
    watching = false;
    stream.destroy();
  };
}
