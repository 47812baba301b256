import { Socket } from 'node:net';

/**
 * Watches the read end of the pipe that the root supervisor holds open: its end of file, or any error of it, means
 * that the supervisor is gone and everything shuts down. Read as a socket: the switcher, which shares this end, has made
 * it non-blocking, where a file stream would take "nothing to read yet" for an error.
 * @returns what stops watching.
 */
export function watchLifeline(descriptor: number | undefined, onGone: () => void): () => void {
  if (descriptor === undefined) return () => {};
  let watching = true;
  const gone = (): void => {
    if (watching) onGone();
    watching = false;
  };
  const pipe = new Socket({ fd: descriptor, readable: true, writable: false });
  pipe.once('end', gone).once('error', gone).resume().unref();
  return () => {
    watching = false;
    pipe.destroy();
  };
}
