import type { Socket } from 'node:net';
import type { EdgeResponse } from './edge-response.ts';

/** Requests that may wait on one connection behind an unfinished one. Browsers and proxies send none ahead. */
const MOST_AHEAD = 4;

/** Node's own note of whose turn it is. */
type TakenSocket = Socket & { readonly _httpMessage: EdgeResponse };

/**
 * Whether a request is begun. Node hands out every request that has arrived, so one packet would start a thousand at a
 * time; and behind an answer that is the connection's last it drops those of requests that have run.
 *
 * A1  Few requests of a connection are begun ahead of their answers; one that asks for more is not worth keeping.
 * A2  Nothing is begun behind the connection's last answer, and none is the last that has a request begun behind it.
 */
export function begins(response: EdgeResponse, socket: Socket): boolean {
  if (response.socket !== null) return !socket.writableEnded; // nothing is before it
  let before = (socket as TakenSocket)._httpMessage;
  let ahead = 1;
  for (; before.behind !== undefined; before = before.behind) ahead += 1;
  if (ahead > MOST_AHEAD) socket.destroy();
  if (ahead > MOST_AHEAD || before._last) return false;
  before.behind = response;
  return true;
}
