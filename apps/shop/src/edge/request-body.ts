import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

/** Longest body. */
const MAX_BODY_BYTES = 64 * 1_024;

/**
 * Reads a body whole, into one buffer that doubles. A list of its parts, which a client may make as small as a byte, took
 * two hundred times their bytes, so that a few hundred requests filled the memory.
 * @throws Problem `body_too_large`; `invalid_request` when it does not come to its end.
 */
export function readBody(payload: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    let length = 0;
    const stop = (): unknown => payload.off('data', take).off('end', end).off('error', fail);
    const refuse = (problem: Problem): void => {
      stop();
      reject(problem);
    };
    const take = (part: Buffer): void => {
      if (length + part.length > MAX_BODY_BYTES) return refuse(new Problem('body_too_large'));
      bytes = withRoom(bytes, length + part.length);
      length += part.copy(bytes, length);
    };
    const end = (): void => {
      stop();
      resolve(bytes.subarray(0, length));
    };
    const fail = (cause: Error): void => refuse(new Problem('invalid_request', { cause }));
    if (Number(payload.headers['content-length']) > MAX_BODY_BYTES)
      return reject(new Problem('body_too_large'));
    payload.on('data', take).on('end', end).on('error', fail);
  });
}

/** The same bytes where there is room for so many. */
function withRoom(bytes: Buffer<ArrayBuffer>, room: number): Buffer<ArrayBuffer> {
  if (room <= bytes.length) return bytes;
  const larger = Buffer.allocUnsafe(Math.max(room, 2 * bytes.length));
  bytes.copy(larger);
  return larger;
}
