import type { Socket } from 'node:net';
import type { EdgeResponse } from './edge-response.ts';

/** Requests that may wait on one connection behind an unfinished one. Browsers and proxies send none ahead. */
const MOST_AHEAD = 4;

/** Node's own note of whose turn it is; null between two requests. */
type TakenSocket = Socket & { readonly _httpMessage?: EdgeResponse | null };

/**
 * Whether a request is begun. Node hands out every request that has arrived, so one packet would start a thousand at a
 * time; and behind an answer that is the connection's last it drops those of requests that have run.
 *
 * A1  Few requests of a connection are begun ahead of their answers, or dropped behind the last one; one that asks for more
 *     is not worth keeping.
 * A2  Nothing is begun behind the connection's last answer, and none is the last that has a request begun behind it.
 * A3  Bytes that are no request are answered to nobody who has asked before: what was read whole is answered first, and
 *     its answer is the connection's last.
 */
export function begins(response: EdgeResponse, socket: Socket): boolean {
  if (response.socket !== null) {
    response._last = socket.writableEnded; // nothing is before it, or only what has ended the connection
    return !response._last;
  }
  const begun = begunOn(socket);
  const before = begun.at(-1);
  if (before === undefined) return false;
  if (begun.length + before.dropped > MOST_AHEAD) socket.destroy();
  if (before._last) before.dropped += 1;
  if (before._last || socket.destroyed) return false;
  before.behind = response;
  return true;
}

/** Answers that are not complete yet of requests that were begun, oldest first. */
function begunOn(socket: TakenSocket): EdgeResponse[] {
  const begun: EdgeResponse[] = [];
  for (let next = socket._httpMessage ?? undefined; next !== undefined; next = next.behind) begun.push(next);
  return begun;
}

/** A3: whether an answer is still to come, which is the connection's last now. */
export function endsWithAnswer(socket: Socket): boolean {
  const last = begunOn(socket).findLast(({ req }) => req.complete);
  if (last === undefined) return false;
  last.shouldKeepAlive = false; // said in its head, unless that has gone out
  last._last = true;
  return true;
}
