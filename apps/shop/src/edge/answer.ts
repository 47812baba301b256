import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EdgeParts } from './edge-context.ts';

/** A finished answer of the API. */
export interface Answer {
  readonly status: number;
  /** JSON text; undefined: the client has it already. */
  readonly body: string | undefined;
  readonly etag?: string | undefined;
  readonly cookie?: string | undefined;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** Whether this answer is to be the connection's last. */
export const closes = ({ retiring, spread }: EdgeParts, { raw }: FastifyRequest): boolean =>
  retiring() || spread.moves(raw.socket);

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
  const headers = [...parts.headers.of(shape), 'cache-control', etag === undefined ? 'no-store' : 'no-cache'];
  if (edge?.admission !== undefined) headers.push('x-atlas-root', edge.admission.call.rootId);
  if (etag !== undefined) headers.push('etag', etag);
  if (cookie !== undefined) headers.push('set-cookie', cookie);
  if (closes(parts, request)) headers.push('connection', 'close');
  reply.hijack();
  if (body === undefined) reply.raw.writeHead(status, headers).end();
  else {
    const bytes = Buffer.byteLength(body);
    headers.push('content-type', JSON_TYPE, 'content-length', String(bytes));
    // ASCII is the same in Latin-1, which is written without being looked at.
    reply.raw.writeHead(status, headers).end(body, bytes === body.length ? 'latin1' : 'utf8');
  }
  if (edge === undefined) return;
  const seconds = (performance.now() - edge.startedAt) / 1_000;
  parts.metrics.edge({ operation, status, mode: shape.mode, epoch: shape.epoch, seconds });
}
