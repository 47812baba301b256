import { hash } from 'node:crypto';
import type { Admission } from '@atlas/coupling-runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EdgeParts } from './edge-context.ts';
import { Problem } from './problem.ts';
import { readIdempotencyKey, requestReader } from './request-reader.ts';
import { routerPath, type EdgeRoute, type Invoke } from './route.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/** A strong validator of one representation. */
const etagOf = (body: string): string => `"${hash('sha1', body, 'base64url').slice(0, 22)}"`;

/** RFC 9110, section 13.1.2: weak comparison against a list, or `*`. */
function matches(header: string, etag: string): boolean {
  return header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/** Sends a finished answer, or 304 when the client has it already. */
function send(route: EdgeRoute, request: FastifyRequest, reply: FastifyReply, body: string): FastifyReply {
  if (route.options.etag !== true) return reply.send(body);
  const etag = etagOf(body);
  reply.header('etag', etag).header('cache-control', 'no-cache');
  const known = request.headers['if-none-match'];
  if (known === undefined || !matches(known, etag)) return reply.send(body);
  return reply.removeHeader('content-type').code(304).send();
}

/** Admits a root for a request whose body has been read; waits only after a stand-still of this host. */
function admit(parts: EdgeParts, label: string, request: FastifyRequest): Admission | Promise<Admission> {
  const traceparent = request.headers['traceparent'];
  const admitted = parts.coupling.admit(typeof traceparent === 'string' ? { label, traceparent } : { label });
  const note = (admission: Admission): Admission => {
    if (request.edge !== undefined) request.edge.admission = admission;
    return admission;
  };
  return admitted instanceof Promise ? admitted.then(note) : note(admitted);
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

function handlerOf(route: EdgeRoute, parts: EdgeParts): Handler {
  const read = requestReader(route);
  const client: Readonly<Record<string, Invoke>> = parts.coupling.client(route.contract);
  const invoke = client[route.operation];
  if (invoke === undefined) throw new TypeError(`${route.id}: no client`);
  const label = `http:${route.options.method} ${route.options.path}`;
  return async (request, reply) => {
    const session = request.edge?.session;
    if (route.needsSession && session === undefined) throw new Problem('no_session');
    const { params, query, body, headers } = request;
    const input = read({ params, query, body });
    if (route.needsSession) input['sessionId'] = session?.id;
    const clientKey =
      route.options.key === 'header' ? readIdempotencyKey(headers['idempotency-key']) : undefined;
    const admitted = admit(parts, label, request);
    const admission = admitted instanceof Promise ? await admitted : admitted;
    try {
      const { call } = admission;
      const keyed = route.spec.kind === 'keyed' ? call.withKey(clientKey ?? `root:${call.rootId}`) : call;
      const output = await invoke(input, keyed);
      reply.code(route.status(output)).header('content-type', JSON_TYPE);
      return send(route, request, reply, JSON.stringify(output));
    } finally {
      admission.end();
    }
  };
}

/** `POST /api/sessions`: a root that calls nobody. */
function sessionHandler(parts: EdgeParts): Handler {
  return async (request, reply) => {
    const { body } = request;
    const empty = body === undefined || (typeof body === 'object' && body !== null && !Array.isArray(body));
    const [unexpected] = empty ? Object.keys(body ?? {}) : [''];
    if (unexpected !== undefined)
      throw new Problem('invalid_request', {
        errors: [{ in: 'body', name: `/${unexpected}`, message: 'Unexpected property' }],
      });
    const admission = await admit(parts, 'http:POST /api/sessions', request);
    const { token, cookie } = parts.sessions.issue();
    reply.code(201).header('content-type', JSON_TYPE).header('set-cookie', cookie);
    admission.end();
    return reply.send(JSON.stringify({ token }));
  };
}

/** Largest body, in bytes. */
const BODY_LIMIT = 64 * 1_024;

/** JSON only; no body and an empty one, of whatever type, are equal. */
function readJson(instance: FastifyInstance): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: BODY_LIMIT },
    (_request, text, done) => {
      try {
        done(null, text === '' ? undefined : JSON.parse(text as string));
      } catch {
        const errors = [{ in: 'body', name: '/', message: 'is not JSON' }] as const;
        done(new Problem('invalid_request', { errors }));
      }
    },
  );
  instance.addContentTypeParser('*', { parseAs: 'string', bodyLimit: BODY_LIMIT }, (_request, text, done) =>
    done(text === '' ? null : new Problem('unsupported_media_type'), undefined),
  );
}

/** Mounts the shop's public API. */
export function mountApi(instance: FastifyInstance, parts: EdgeParts): void {
  readJson(instance);
  for (const route of parts.routes) {
    instance.route({
      method: route.options.method,
      url: routerPath(route.options.path),
      bodyLimit: BODY_LIMIT,
      config: { operation: route.id },
      handler: handlerOf(route, parts),
    });
  }
  instance.post('/api/sessions', {
    bodyLimit: BODY_LIMIT,
    config: { operation: 'edge.createSession' },
    handler: sessionHandler(parts),
  });
}
