/** The brain's API over HTTP: loopback only, operator's token on every address but the metrics, as with hosts. */
import { bearerCheck } from '@atlas/control-api/operator';
import type { ProcessMetrics } from '@atlas/platform-telemetry';
import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { fastify, type FastifyInstance } from 'fastify';
import type { Answers } from './answers.ts';
import { openApi } from './openapi.ts';
import { problem, problemOf, RefusedError } from './problem.ts';
import { ROUTES, type Route } from './routes.ts';

export interface ServerOptions {
  readonly answers: Answers;
  /** Of the operator's token, which the brain does not know. */
  readonly operatorFingerprint: string;
  readonly metrics: Pick<ProcessMetrics, 'expose' | 'contentType'>;
  /** 0: any free port. */
  readonly port: number;
  readonly defect: (error: unknown) => void;
}

export interface RunningServer {
  /** `http://127.0.0.1:PORT`, no trailing slash. */
  readonly url: string;
  close(): Promise<void>;
}

const METRICS_PATH = '/metrics';
const BODY_LIMIT = 16 * 1024;
/**
 * A request that takes longer to arrive is given up (Node looks every 30 s): else a stranger could hold all connections.
 * Heads get the same time: theirs is 60 s by default, and Node gives a body the longer of the two.
 */
const REQUEST_TIMEOUT_MS = 10_000;
const MOST_CONNECTIONS = 32;

/** @throws RefusedError `invalid_request` naming the first field that is unknown or wrong */
function validated<T extends TSchema>(schema: T, value: unknown): Static<T> {
  if (Value.Check(schema, value)) return value;
  const first = Value.Errors(schema, value).First();
  const field = first?.path.slice(1).replaceAll('/', '.') || 'body';
  throw new RefusedError('invalid_request', `${field}: ${first?.message ?? 'does not fit'}`.slice(0, 300));
}

/** A query string holds text only: what is written like a whole number is read as one. */
const numbers = (query: unknown): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(query as Record<string, unknown>).map(([name, value]) => [
      name,
      typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value,
    ]),
  );

function mount(server: FastifyInstance, answers: Answers, route: Route): void {
  const { method, path, body, query, status, handle } = route;
  server.route({
    method: method.toUpperCase(),
    url: path.replace('{id}', ':id'),
    handler: async (request, reply) => {
      const asked = {
        body: body && validated(body, request.body === undefined ? {} : request.body),
        query: query ? validated(query, numbers(request.query)) : {},
        id: (request.params as { id?: string }).id ?? '',
      };
      return reply.status(status ?? 200).send(await handle(answers, asked));
    },
  });
}

/** The methods that an address answers to; none when there is no such address. */
function methodsOf(path: string): string[] {
  const shape = (text: string): RegExp =>
    new RegExp(`^${text.replace('{id}', '[^/]+').replaceAll('.', '\\.')}$`);
  const found = ROUTES.filter((route) => shape(route.path).test(path)).map(({ method }) =>
    method.toUpperCase(),
  );
  return found.includes('GET') ? [...found, 'HEAD'] : found;
}

/** Before the body is looked at: Fastify has answers of its own to bodies, e.g. 400 to a QUERY without one. */
function refuseUnknown(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    const allowed = methodsOf(request.url.split('?', 1)[0] ?? '');
    const told =
      allowed.length === 0
        ? problem('not_found', 'there is nothing at this address')
        : problem('method_not_allowed', `this address answers to ${allowed.join(', ')}`);
    if (allowed.length > 0) void reply.header('allow', allowed.join(', '));
    await reply.status(told.status).type('application/problem+json').send(told);
  });
}

function guard(server: FastifyInstance, operatorFingerprint: string): void {
  const isOperator = bearerCheck(operatorFingerprint);
  server.addHook('onRequest', async (request, reply) => {
    if (request.url === METRICS_PATH || isOperator(request.headers.authorization)) return;
    await reply
      .status(401)
      .header('www-authenticate', 'Bearer realm="atlas"')
      .type('application/problem+json')
      .send(problem('unauthorized', 'the operator token is missing or wrong'));
  });
}

/** Starts to listen. @throws Error when the port is taken. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { answers, operatorFingerprint, port, defect, metrics } = options;
  const server = fastify({
    ...{ bodyLimit: BODY_LIMIT, requestTimeout: REQUEST_TIMEOUT_MS, forceCloseConnections: true },
    http: { headersTimeout: REQUEST_TIMEOUT_MS },
  });
  server.removeContentTypeParser('text/plain');
  guard(server, operatorFingerprint);
  refuseUnknown(server);
  server.setErrorHandler((error, _request, reply) => {
    const told = problemOf(error);
    if (told.code === 'internal') defect(error);
    if (told.status === 503) void reply.header('retry-after', '1');
    void reply.status(told.status).type('application/problem+json').send(told);
  });
  for (const route of ROUTES) mount(server, answers, route);
  server.get('/v1/openapi.json', () => openApi());
  server.get(METRICS_PATH, async (_, reply) => reply.type(metrics.contentType).send(await metrics.expose()));
  server.server.maxConnections = MOST_CONNECTIONS;
  const url = await server.listen({ port, host: '127.0.0.1' });
  return { url, close: () => server.close() };
}
