import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EdgeContext, EdgeParts } from './edge-context.ts';
import { Problem, problemOf } from './problem.ts';
import { addressKey } from './rate-limiter.ts';

/** No script, style or picture from elsewhere, none inline, no frame around us. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/** Epoch, mode and, for roots, the root: on every answer, never cached. */
export function shapeHeaders(
  parts: Pick<EdgeParts, 'shape'>,
  context: EdgeContext | undefined,
): Record<string, string> {
  const admission = context?.admission;
  const { epoch, mode } = admission ?? parts.shape.current();
  const root = admission === undefined ? {} : { 'x-atlas-root': admission.call.rootId };
  return { 'x-atlas-epoch': String(epoch), 'x-atlas-mode': mode, ...root };
}

/** @throws Problem `rate_limited` for the session or the address, whichever is short. */
function limit(parts: EdgeParts, request: FastifyRequest, context: EdgeContext): void {
  const waitMs =
    parts.limits.address.take(addressKey(request.ip)) ||
    (context.session === undefined ? 0 : parts.limits.session.take(context.session.id));
  if (waitMs > 0) throw new Problem('rate_limited', { retryAfterMs: waitMs });
}

/** RFC 9112, section 3.2. @throws Problem `invalid_request`. */
function requireHost({ raw }: FastifyRequest): void {
  if (raw.headers.host !== undefined || raw.httpVersion !== '1.1') return;
  throw new Problem('invalid_request', {
    errors: [{ in: 'header', name: 'Host', message: 'is required' }],
  });
}

function arrive(parts: EdgeParts, request: FastifyRequest): void {
  const context: EdgeContext = {
    startedAt: performance.now(),
    session: parts.sessions.of(request.headers),
    admission: undefined,
  };
  request.edge = context;
  requireHost(request);
  if (request.routeOptions.config.unlimited !== true) limit(parts, request, context);
}

function depart(parts: EdgeParts, request: FastifyRequest, reply: FastifyReply): void {
  const context = request.edge;
  reply.headers(SECURITY_HEADERS).headers(shapeHeaders(parts, context));
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  if (parts.retiring() || parts.spread.moves(request.raw.socket)) reply.header('connection', 'close');
  if (context === undefined) return;
  const { epoch, mode } = context.admission ?? parts.shape.current();
  parts.metrics.edge({
    operation: request.routeOptions.config.operation ?? (request.is404 ? 'edge.unmatched' : 'edge.file'),
    status: reply.statusCode,
    mode,
    epoch,
    seconds: (performance.now() - context.startedAt) / 1_000,
  });
}

/** A failing dependency is logged at most so often per code, in milliseconds. */
const LOG_EVERY_MS = 1_000;

/** Writes a problem as the answer; defects are logged in full, failing dependencies now and then. */
export function problemWriter(
  parts: EdgeParts,
): (error: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  const loggedAt = new Map<string, number>();
  const log = (problem: Problem, request: FastifyRequest): void => {
    const facts = {
      err: problem.cause,
      code: problem.code,
      root: request.edge?.admission?.call.rootId,
      url: request.url,
    };
    if (problem.code === 'internal') return parts.logger.error(facts, 'request failed');
    const now = performance.now();
    if (now - (loggedAt.get(problem.code) ?? -LOG_EVERY_MS) < LOG_EVERY_MS) return;
    loggedAt.set(problem.code, now);
    parts.logger.warn(facts, 'request not served');
  };
  return (error, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500) log(problem, request);
    if (problem.code === 'no_session') reply.header('www-authenticate', 'Bearer');
    if (problem.retryAfterS !== undefined) reply.header('retry-after', String(problem.retryAfterS));
    void reply
      .code(problem.status)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(problem.body());
  };
}

/** Installs what every request and answer passes: session, rate limits, headers, metrics and error answers. */
export function installHooks(instance: FastifyInstance, parts: EdgeParts): void {
  instance.decorateRequest('edge', undefined);
  instance.addHook('onRequest', (request, _reply, done) => {
    try {
      arrive(parts, request);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
  instance.addHook('onSend', (request, reply, _payload, done) => {
    depart(parts, request, reply);
    done();
  });
  instance.setErrorHandler(problemWriter(parts));
}
