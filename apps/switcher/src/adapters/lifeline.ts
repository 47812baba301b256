import { Socket } from 'node:net';

/** Calls `ended` once the other end of the pipe is closed: whoever started this stack is gone. */
export function watchLifeline(fd: number, ended: () => void): void {
  const pipe = new Socket({ fd, readable: true, writable: false });
  pipe.once('close', ended).on('error', () => undefined);
  pipe.resume();
  pipe.unref();
}
