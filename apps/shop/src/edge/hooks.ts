import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { closes, isFollowed, skipBody } from './answer.ts';
import type { EdgeContext, EdgeParts } from './edge-context.ts';
import { Problem, problemOf } from './problem.ts';
import { PROBE } from './probes.ts';
import { addressKey } from './rate-limiter.ts';

/** Metric label of what is at no address. */
export const UNMATCHED = 'edge.unmatched';

/** Its metric label. Fastify makes the route's options anew at each question: ask once. */
const operationOf = ({ routeOptions, is404 }: FastifyRequest): string =>
  routeOptions.config.operation ?? (is404 ? UNMATCHED : 'edge.file');

/** @throws Problem `rate_limited` for the session or the address, whichever is short. */
function limit(parts: EdgeParts, request: FastifyRequest, context: EdgeContext): void {
  const waitMs =
    parts.limits.address.take(addressKey(request.ip)) ||
    (context.session === undefined ? 0 : parts.limits.session.take(context.session.id));
  if (waitMs > 0) throw new Problem('rate_limited', { retryAfterMs: waitMs });
}

/** RFC 9112, section 3.2: exactly one, of HTTP/1.0 at most one. @throws Problem `invalid_request`. */
function requireHost({ raw }: FastifyRequest): void {
  const { rawHeaders } = raw; // Node's `headers` hold the first one only
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.length === 4 && rawHeaders[at]?.toLowerCase() === 'host') hosts += 1;
  if (hosts === 1 || (hosts === 0 && raw.httpVersion !== '1.1')) return;
  throw new Problem('invalid_request', {
    errors: [{ in: 'header', name: 'Host', message: 'is required, once' }],
  });
}

function arrive(parts: EdgeParts, request: FastifyRequest): void {
  const context: EdgeContext = {
    startedAt: performance.now(),
    session: parts.sessions.of(request.headers),
    admission: undefined,
  };
  request.edge = context;
  const operation = operationOf(request);
  parts.metrics.arrived(operation);
  requireHost(request);
  if (operation !== PROBE) limit(parts, request, context);
}

/** What Fastify's own replies carry: problems, files, documents, probes. Those of the API are written by `answer`. */
function depart(parts: EdgeParts, request: FastifyRequest, reply: FastifyReply): void {
  skipBody(request);
  const context = request.edge;
  const shape = context?.admission ?? parts.shape.current();
  const { epoch, mode } = shape;
  const { list } = parts.headers.of(shape);
  for (let at = 0; at < list.length; at += 2) reply.header(list[at] ?? '', list[at + 1]);
  if (context?.admission !== undefined) reply.header('x-atlas-root', context.admission.call.rootId);
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  if (isFollowed(reply))
    reply.removeHeader('connection'); // Fastify's own, with a body that cannot be read
  else if (closes(parts, request)) reply.header('connection', 'close');
  if (context === undefined) return;
  parts.metrics.edge({
    operation: operationOf(request),
    status: reply.statusCode,
    ...{ mode, epoch, seconds: (performance.now() - context.startedAt) / 1_000 },
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
