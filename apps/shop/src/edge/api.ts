import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Admission } from '@atlas/coupling-runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answer } from './answer.ts';
import type { EdgeParts } from './edge-context.ts';
import { etagOf, matchesEtag } from './etag.ts';
import { Problem } from './problem.ts';
import { readBody } from './request-body.ts';
import { readIdempotencyKey, requestReader } from './request-reader.ts';
import { routerPath, type EdgeRoute, type Invoke } from './route.ts';

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

/** Whether the client has this representation already. */
function knows({ headers }: FastifyRequest, etag: string): boolean {
  const known = headers['if-none-match'];
  return known !== undefined && matchesEtag(known, etag);
}

const NOT_MODIFIED = { status: 304, body: undefined } as const;

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

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
      const body = JSON.stringify(output);
      const etag = route.options.etag === true ? etagOf(body) : undefined;
      const known = etag !== undefined && knows(request, etag);
      answer(parts, route.id, {
        ...{ request, reply, etag },
        ...(known ? NOT_MODIFIED : { status: route.status(output), body }),
      });
    } finally {
      admission.end();
    }
  };
}

const SESSION_OPERATION = 'edge.createSession';

/**
 * A page of another site can have a browser post here. The cookie of a new session would take the place of the shopper's:
 * cart and orders would be gone. Browsers say where a request comes from; who says nothing is none.
 */
const isFromElsewhere = ({ headers }: FastifyRequest): boolean =>
  ['cross-site', 'same-site'].includes(String(headers['sec-fetch-site']));

/** A cookie that holds stays: a page that has lost its notes asks, too, or two requests that were refused at once. */
const holds = ({ sessions }: EdgeParts, { headers: { cookie } }: FastifyRequest): boolean =>
  sessions.of({ cookie }) !== undefined;

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
    admission.end();
    answer(parts, SESSION_OPERATION, {
      ...{ request, reply, status: 201, body: JSON.stringify({ token }) },
      cookie: isFromElsewhere(request) || holds(parts, request) ? undefined : cookie,
    });
  };
}

/** Other bytes than UTF-8's would be read as other texts, e.g. of a label. @throws SyntaxError when it is not JSON. */
function parsed(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new SyntaxError('not UTF-8');
  return JSON.parse(bytes.toString('utf8'));
}

/** JSON only; no body and an empty one, of whatever type, are equal. */
function readJson(instance: FastifyInstance): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser(
    'application/json',
    async (_request: FastifyRequest, payload: IncomingMessage) => {
      const bytes = await readBody(payload);
      try {
        return bytes.length === 0 ? undefined : parsed(bytes);
      } catch {
        throw new Problem('invalid_request', { errors: [{ in: 'body', name: '/', message: 'is not JSON' }] });
      }
    },
  );
  instance.addContentTypeParser('*', async (_request: FastifyRequest, payload: IncomingMessage) => {
    if ((await readBody(payload)).length > 0) throw new Problem('unsupported_media_type');
  });
}

/** Mounts the shop's public API. */
export function mountApi(instance: FastifyInstance, parts: EdgeParts): void {
  readJson(instance);
  for (const route of parts.routes) {
    instance.route({
      method: route.options.method,
      url: routerPath(route.options.path),
      config: { operation: route.id },
      handler: handlerOf(route, parts),
    });
  }
  instance.post('/api/sessions', {
    config: { operation: SESSION_OPERATION },
    handler: sessionHandler(parts),
  });
}
