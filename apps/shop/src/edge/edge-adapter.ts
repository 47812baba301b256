import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { shareDescriptors } from '@atlas/platform-config';
import type { Metrics } from '@atlas/platform-telemetry';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { skipBody } from './answer.ts';
import type { ShapeSource } from './edge-context.ts';
import { EdgeResponse, KEEP_ALIVE_MS } from './edge-response.ts';
import { commonHeaders, headerLines } from './headers.ts';
import { spareUnread } from './idle-connections.ts';
import { begins, endsWithAnswer } from './pipeline-limit.ts';
import { UNMATCHED } from './hooks.ts';
import { Problem, problemOf, type ProblemCode } from './problem.ts';

/** A request must have arrived by then, body included. */
const REQUEST_TIMEOUT_MS = 15_000;
const HEADERS_TIMEOUT_MS = 10_000;
/**
 * A connection on which nothing moves for so long is given up, e.g. of a client that does not read its answer. Longer
 * than a root may take (30 s at most), during which nothing moves either.
 */
const SILENT_TIMEOUT_MS = 35_000;
const CHECK_CONNECTIONS_EVERY_MS = 2_000;
/** Longest path parameter; contracts allow 64 characters. */
const MAX_PARAM_LENGTH = 200;
const MAX_HEADER_BYTES = 16 * 1_024;

const PARSER_PROBLEMS: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Answers bytes that are no HTTP request; there is no request object to answer to. */
function answerBadBytes(shape: ShapeSource, error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  if (endsWithAnswer(socket)) return;
  const problem = new Problem(PARSER_PROBLEMS[error.code ?? ''] ?? 'invalid_request', {
    detail: 'not a well-formed HTTP request',
  });
  const body = problem.body();
  const headers = [
    ...['content-type', 'application/problem+json; charset=utf-8'],
    ...['content-length', String(Buffer.byteLength(body))],
    ...['cache-control', 'no-store', 'connection', 'close'],
    ...commonHeaders(shape.current()),
  ];
  socket.end(`HTTP/1.1 ${problem.status} ${problem.code}\r\n${headerLines(headers)}\r\n${body}`);
  socket.destroySoon();
}

/** What an answer to an unreadable address takes. */
interface BadUrlParts {
  readonly shape: ShapeSource;
  readonly metrics: Pick<Metrics, 'arrived' | 'edge'>;
}

/** Answers what the router refuses before any hook has run. */
function answerBadUrl({ shape, metrics }: BadUrlParts, error: unknown, reply: FastifyReply): void {
  skipBody(reply.request);
  const problem = problemOf(error);
  const { status } = problem;
  const current = shape.current();
  metrics.arrived(UNMATCHED);
  metrics.edge({ operation: UNMATCHED, status, mode: current.mode, epoch: current.epoch, seconds: 0 });
  const headers = commonHeaders(current);
  for (let at = 0; at < headers.length; at += 2) reply.header(headers[at] ?? '', headers[at + 1]);
  void reply
    .code(status)
    .header('cache-control', 'no-store')
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(problem.body());
}

/** An HTTP server that is bounded in every way that Node lets it be. */
function edgeServer(shape: ShapeSource, handler: RequestListener, silentMs: number): Server {
  const begin: RequestListener<typeof IncomingMessage, typeof EdgeResponse> = (request, response) => {
    if (begins(response, request.socket)) handler(request, response);
  };
  const server = createServer(
    {
      ServerResponse: EdgeResponse,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_CONNECTIONS_EVERY_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      noDelay: true,
      requireHostHeader: false, // the edge's own answer, as to every other misfit (`hooks.ts`)
    },
    begin,
  );
  server.timeout = silentMs;
  server.maxConnections = shareDescriptors().clients;
  spareUnread(server);
  server.on('checkExpectation', begin); // an expectation may be ignored; Node's own answer is no problem document
  return server;
}

const edgeFastify = (parts: BadUrlParts, silentMs: number): FastifyInstance =>
  fastify({
    logger: false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    clientErrorHandler: (error, socket) => answerBadBytes(parts.shape, error, socket),
    serverFactory: (handler: RequestListener): Server => edgeServer(parts.shape, handler, silentMs),
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) =>
      answerBadUrl(parts, error, reply),
  });

/**
 * Nest's Fastify, with the edge's own answers instead of Nest's for errors and unknown paths, and without the hooks that
 * Nest puts on every request for what an edge has none of: middleware, versions, CORS, CSRF.
 */
export class EdgeAdapter extends FastifyAdapter {
  /** @param silentMs after which a connection on which nothing moves is given up */
  constructor(shape: ShapeSource, metrics: BadUrlParts['metrics'], silentMs = SILENT_TIMEOUT_MS) {
    const instance = edgeFastify({ shape, metrics }, silentMs);
    super(Object.create(instance, { addHook: { value: () => instance } }) as FastifyInstance);
    this.setInstance(instance);
  }

  /** No middleware. */
  override init(): Promise<void> {
    return Promise.resolve();
  }

  /** The edge installs its own (`hooks.ts`). */
  override setErrorHandler(): FastifyInstance {
    return this.instance;
  }

  /** The edge installs its own (`storefront.ts`). */
  override setNotFoundHandler(): FastifyInstance {
    return this.instance;
  }
}
