import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests that may wait on one connection behind an unfinished one. Browsers and proxies send none ahead. */
const MOST_AHEAD = 4;

/**
 * Bounds what one connection may ask ahead of its answers: Node hands out every request that has arrived, so one packet
 * would start a thousand at a time.
 */
export class PipelineLimit {
  readonly #ahead = new WeakMap<Socket, number>();

  /** False: too many wait already, and the connection is not worth keeping. */
  admits(socket: Socket, response: ServerResponse): boolean {
    if (response.socket !== null) return true; // nothing is before it
    const ahead = (this.#ahead.get(socket) ?? 0) + 1;
    if (ahead > MOST_AHEAD) return false;
    this.#ahead.set(socket, ahead);
    response.once('close', () => this.#ahead.set(socket, (this.#ahead.get(socket) ?? 1) - 1));
    return true;
  }
}
