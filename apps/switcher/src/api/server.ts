/** The control API over HTTP: loopback only, a token on every address. */
import 'reflect-metadata';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { tellDrops, type Warns } from '@atlas/platform-telemetry/drops';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Control } from '../engine/control.ts';
import type { Feed } from '../engine/feed.ts';
import { ControlController } from './control.controller.ts';
import { EventsController } from './events.controller.ts';
import { bearersOf } from './bearer.ts';
import { problem, type Problem } from './problem.ts';
import { ProblemFilter } from './problem.filter.ts';
import { methodsOf } from './routes.ts';
import { CONTROL, FEED } from './tokens.ts';

export interface ServerOptions {
  readonly control: Control;
  readonly feed: Feed;
  readonly operatorToken: string;
  /** 0: any free port. */
  readonly port: number;
  readonly defect: (error: unknown) => void;
  /** Told of connections that were closed because there were too many. */
  readonly log?: Warns;
}

export interface RunningServer {
  /** `http://127.0.0.1:PORT`, no trailing slash. */
  readonly url: string;
  close(): Promise<void>;
}

/** A switcher needs descriptors to renew its lead, and for each host that it starts. */
const MOST_CONNECTIONS = 64;
/** Largest body that is read, bytes. */
const BODY_LIMIT = 16 * 1024;
/**
 * A request that takes longer to arrive is given up (Node looks every 30 s): else a stranger could hold all connections.
 * Heads get the same time: theirs is 60 s by default, and Node gives a body the longer of the two. Event streams are
 * answers.
 */
const REQUEST_TIMEOUT_MS = 10_000;

@Module({})
class ApiModule {
  static with({ control, feed }: ServerOptions): DynamicModule {
    const providers = [
      { provide: CONTROL, useValue: control },
      { provide: FEED, useValue: feed },
    ];
    return { module: ApiModule, providers, controllers: [ControlController, EventsController] };
  }
}

const pathOf = ({ url }: FastifyRequest): string => url.split('?', 1)[0] ?? '';

const tell = (reply: FastifyReply, told: Problem): unknown =>
  reply.status(told.status).type('application/problem+json').send(told);

/** Before the body is looked at: a known address with a method that it does not answer to. */
function refuseMethod(request: FastifyRequest, reply: FastifyReply, next: () => void): void {
  const allowed = request.is404 ? methodsOf(pathOf(request)) : [];
  if (allowed.length === 0) return next();
  void reply.header('allow', allowed.join(', '));
  void tell(reply, problem('method_not_allowed', `this address answers to ${allowed.join(', ')}`));
}

function guard(app: NestFastifyApplication, operatorToken: string): void {
  const bearers = bearersOf(operatorToken);
  const fastify = app.getHttpAdapter().getInstance();
  const askedOf = (request: FastifyRequest) => ({
    ...{ method: request.method, path: pathOf(request) },
    authorization: request.headers.authorization,
  });
  fastify.addHook('onRequest', (request, reply, next) => {
    const refusal = bearers.refuse(askedOf(request));
    if (!refusal) return refuseMethod(request, reply, next);
    if (refusal.status === 401) void reply.header('www-authenticate', 'Bearer realm="atlas"');
    void tell(reply, refusal);
  });
  fastify.addHook('preHandler', (request, reply, next) => {
    const refusal = bearers.refuseBody(askedOf(request), request.body);
    if (!refusal) return next();
    void tell(reply, refusal);
  });
  const options = { parseAs: 'string', bodyLimit: BODY_LIMIT } as const;
  fastify.removeContentTypeParser('text/plain');
  fastify.addContentTypeParser('application/json', options, (_request, text, done) => {
    try {
      done(null, String(text).trim() === '' ? undefined : JSON.parse(String(text)));
    } catch {
      done(Object.assign(new Error('the body is not JSON'), { statusCode: 400 }), undefined);
    }
  });
}

/** Starts to listen. @throws Error when the port is taken. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const adapter = new FastifyAdapter({
    ...{ bodyLimit: BODY_LIMIT, requestTimeout: REQUEST_TIMEOUT_MS, forceCloseConnections: true },
    http: { headersTimeout: REQUEST_TIMEOUT_MS },
  });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.with(options), adapter, {
    logger: false,
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(options.defect));
  guard(app, options.operatorToken);
  const server = app.getHttpServer();
  server.maxConnections = MOST_CONNECTIONS;
  if (options.log) tellDrops(server, options.log, { listener: 'control' });
  await app.listen(options.port, '127.0.0.1');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return { url: `http://127.0.0.1:${port}`, close: () => app.close() };
}
