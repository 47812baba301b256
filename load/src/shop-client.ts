/**
 * HTTP to the shop, as browsers do it: few persistent connections that honour the server's keep-alive hint and
 * `Connection: close`. One attempt per request, never a retry: whatever goes wrong is the caller's to count.
 */
import { errors, Pool, type Dispatcher } from 'undici';
import type { Answer, ShopRequest } from './answer.ts';
import { nowMs } from './clock.ts';

export interface ShopClientOptions {
  readonly edgeUrl: string;
  readonly connections: number;
  /** Applies to the headers and again to the body; the accuracy is about a second. */
  readonly requestTimeoutMs: number;
}

/** Sends one request and resolves with what came of it; never rejects. */
export interface ShopClient {
  send(request: ShopRequest): Promise<Answer>;
  close(): Promise<void>;
}

export function connectShop(options: ShopClientOptions): ShopClient {
  const pool = new Pool(options.edgeUrl, {
    connections: options.connections,
    pipelining: 1,
    headersTimeout: options.requestTimeoutMs,
    bodyTimeout: options.requestTimeoutMs,
    connect: { timeout: options.requestTimeoutMs },
  });
  return {
    send: (request) => send(pool, request),
    close: () => pool.destroy(),
  };
}

async function send(pool: Pool, request: ShopRequest): Promise<Answer> {
  const sent = nowMs();
  try {
    const response = await pool.request(dispatchOptions(request));
    const text = await response.body.text();
    const { headers } = response;
    return {
      status: response.statusCode,
      body: parsed(text),
      epoch: epochOf(headers['x-atlas-epoch']),
      mode: single(headers['x-atlas-mode']),
      rootId: single(headers['x-atlas-root']),
      sent,
      done: nowMs(),
      broken: null,
    };
  } catch (error) {
    const nothing = { status: 0, body: undefined, epoch: null, mode: null, rootId: null };
    return { ...nothing, sent, done: nowMs(), broken: reasonOf(error) };
  }
}

function dispatchOptions(request: ShopRequest): Dispatcher.RequestOptions {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (request.token !== null) headers['authorization'] = `Bearer ${request.token}`;
  if (request.key !== null) headers['idempotency-key'] = request.key;
  if (request.body !== null) headers['content-type'] = 'application/json';
  return {
    method: request.method as Dispatcher.HttpMethod,
    path: request.path,
    headers,
    body: request.body === null ? null : JSON.stringify(request.body),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const single = (header: string | string[] | undefined): string | null =>
  typeof header === 'string' ? header : null;

function epochOf(header: string | string[] | undefined): number | null {
  const epoch = Number(single(header) ?? NaN);
  return Number.isInteger(epoch) ? epoch : null;
}

function reasonOf(error: unknown): NonNullable<Answer['broken']> {
  const timedOut = error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
  const said = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? `${String(error.code)}: ` : '';
  return { reason: timedOut ? 'timeout' : 'network', detail: `${code}${said}` };
}
