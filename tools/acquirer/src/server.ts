/** The bank's HTTP face. Writes need the bearer token; the listing and the health check do not. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bank } from './bank.ts';
import { draw, HEALTHY, parseFaults, type BankFaults } from './faults.ts';
import { Problem } from './problem.ts';
import { parseCancel, parseCharge, parseLimit, readJson, requireKey, requireToken } from './requests.ts';

export interface ServerOptions {
  readonly bank: Bank;
  readonly token: string;
  /** How long an unanswered connection is held before it is cut, in milliseconds. */
  readonly holdMs: number;
  /** Draws the afflictions of `faults`; numbers in [0, 1). */
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
}

/** `silence`: the connection is held, then cut. */
type Answer = { readonly body: unknown } | 'silence' | 'cut';
type Route = (request: IncomingMessage, url: URL, parts: readonly string[]) => Promise<Answer>;

/** Builds the server; it does not listen yet. */
export function createBankServer(options: ServerOptions): Server {
  const { bank, token } = options;
  let faults: BankFaults = HEALTHY;

  /** Runs a write under the faults in force. */
  const write = async (effect: () => Promise<unknown>): Promise<Answer> => {
    const { latencyMs, down } = faults;
    if (down) return 'cut';
    const affliction = draw(faults, options.random);
    if (latencyMs > 0) await wait(latencyMs);
    const body = affliction?.when === 'before' ? 'silence' : await effect();
    if (affliction?.kind === 'error') throw new Problem('bank_error', 'a fault is switched on');
    return affliction || body === 'silence' ? 'silence' : { body };
  };

  const routes: Record<string, Record<string, Route>> = {
    '/healthz': { GET: () => Promise.resolve({ body: { status: 'ok' } }) },
    '/v1/charges': {
      GET: async (_request, url) => {
        const page = await bank.list(
          url.searchParams.get('after') ?? '',
          parseLimit(url.searchParams.get('limit')),
        );
        if (!page) throw new Problem('invalid_request', '"after" is no cursor of this listing');
        return { body: page };
      },
      POST: async (request) => {
        requireToken(request, token);
        const key = requireKey(request.headers['idempotency-key']);
        const charge = parseCharge(await readJson(request));
        return write(() => bank.charge(key, charge));
      },
    },
    '/v1/charges/:key/cancel': {
      POST: async (request, _url, [key]) => {
        requireToken(request, token);
        const { orderId } = parseCancel(await readJson(request));
        return write(() => bank.cancel(requireKey(key), orderId));
      },
    },
    '/v1/faults': {
      GET: (request) => {
        requireToken(request, token);
        return Promise.resolve({ body: faults });
      },
      POST: async (request) => {
        requireToken(request, token);
        const parsed = parseFaults(await readJson(request));
        if (typeof parsed === 'string') throw new Problem('invalid_request', parsed);
        faults = parsed;
        return { body: faults };
      },
    },
  };

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const url = parseUrl(request.url ?? '/');
    const { methods, parts } = match(routes, url.pathname);
    const route = methods[request.method ?? ''];
    if (!route) throw new Problem('method_not_allowed', `use ${Object.keys(methods).join(' or ')}`);
    return route(request, url, parts);
  };

  const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 8_192 }, (request, response) => {
    answer(request).then(
      (result) => deliver(response, result, options.holdMs),
      (error: unknown) => {
        if (!(error instanceof Problem)) options.onError(error);
        refuse(response, error instanceof Problem ? error : new Problem('bank_error', 'unexpected'));
      },
    );
  });
  server.keepAliveTimeout = 60_000; // longer than a client's, so that no request meets a closing connection
  return server;
}

function parseUrl(text: string): URL {
  const url = URL.parse(text, 'http://bank');
  if (!url) throw new Problem('invalid_request', 'the address cannot be read');
  return url;
}

function match(routes: Record<string, Record<string, Route>>, path: string) {
  const cancel = /^\/v1\/charges\/([^/]+)\/cancel$/.exec(path);
  const methods = routes[cancel ? '/v1/charges/:key/cancel' : path];
  if (!methods || path.includes('/:key/')) throw new Problem('not_found');
  return { methods, parts: cancel ? [decode(cancel[1] ?? '')] : [] };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Problem('invalid_request', 'the key in the address is not well encoded');
  }
}

function send(response: ServerResponse, status: number, type: string, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
}

function deliver(response: ServerResponse, answer: Answer, holdMs: number): void {
  if (answer === 'cut') response.destroy();
  else if (answer === 'silence') {
    const timer = setTimeout(() => response.destroy(), holdMs);
    response.once('close', () => clearTimeout(timer));
  } else send(response, 200, 'application/json', answer.body);
}

function refuse(response: ServerResponse, problem: Problem): void {
  if (problem.code === 'body_too_large') response.setHeader('connection', 'close');
  if (problem.code === 'unauthorized') response.setHeader('www-authenticate', 'Bearer');
  send(response, problem.status, 'application/problem+json', problem);
}
