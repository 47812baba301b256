import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EdgeParts } from './edge-context.ts';
import type { EdgeResponse } from './edge-response.ts';

/** A finished answer of the API. */
export interface Answer {
  readonly status: number;
  /** JSON text; undefined: the client has it already. */
  readonly body: string | undefined;
  readonly etag?: string | undefined;
  readonly cookie?: string | undefined;
}

/** Whether a request was begun behind this one's: then it is not the connection's last (`pipeline-limit.ts`, A2). */
export const isFollowed = ({ raw }: FastifyReply): boolean => (raw as EdgeResponse).behind !== undefined;

/** Whether an answer that nothing follows is to be the connection's last. */
export const closes = ({ retiring, spread }: EdgeParts, { raw }: FastifyRequest): boolean =>
  retiring() || spread.moves(raw.socket);

/** A body that nobody has read, and nobody will: it would be kept until the answers before this one are through. */
export const skipBody = ({ raw }: FastifyRequest): void => {
  if (!raw.complete || raw.readableLength > 0) raw.resume();
};

const NO_STORE = 'cache-control: no-store\r\n';
const JSON_TYPE = 'content-type: application/json; charset=utf-8\r\n';

/**
 * Writes an answer past Fastify's reply, in one piece: its map of headers and its hooks were a tenth of a request's CPU
 * (docs/benchmarks/notes.md). `operation` is its metric label.
 */
export function answer(
  parts: EdgeParts,
  operation: string,
  { request, reply, status, body, etag, cookie }: Answer & { request: FastifyRequest; reply: FastifyReply },
): void {
  const { edge } = request;
  const shape = edge?.admission ?? parts.shape.current();
  let { lines } = parts.headers.of(shape);
  lines += etag === undefined ? NO_STORE : `cache-control: no-cache\r\netag: ${etag}\r\n`;
  if (edge?.admission !== undefined) lines += `x-atlas-root: ${edge.admission.call.rootId}\r\n`;
  if (cookie !== undefined) lines += `set-cookie: ${cookie}\r\n`;
  if (body !== undefined) lines += JSON_TYPE;
  skipBody(request);
  reply.hijack();
  const last = !isFollowed(reply) && closes(parts, request);
  (reply.raw as EdgeResponse).whole({ status, lines, body, closes: last });
  if (edge === undefined) return;
  const seconds = (performance.now() - edge.startedAt) / 1_000;
  parts.metrics.edge({ operation, status, mode: shape.mode, epoch: shape.epoch, seconds });
}
