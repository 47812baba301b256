import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const TOKEN = 'test-token-0123456789';

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function send(url: string, init: RequestInit): Promise<Reply> {
  const response = await fetch(url, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** A merchant's view of the bank. */
export const bankClient = (url: string, token = TOKEN) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const post = (path: string, body: unknown, more: Record<string, string> = {}, timeoutMs = 5_000) =>
    send(`${url}${path}`, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
  return {
    post,
    get: (path: string) => send(`${url}${path}`, {}),
    charge: (key: string, card: string, { amountCents = 500, timeoutMs = 5_000 } = {}) =>
      post(
        '/v1/charges',
        { orderId: `order-${key}`, amountCents, currency: 'EUR', token: card },
        { 'idempotency-key': key },
        timeoutMs,
      ),
    cancel: (key: string, body: unknown = {}) => post(`/v1/charges/${encodeURIComponent(key)}/cancel`, body),
  };
};

export interface BankProcess {
  readonly url: string;
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
}

/** The real process, on a folder of its own. `stdio[3]` is its lifeline. */
export async function spawnBank(home: string, env: Record<string, string> = {}): Promise<BankProcess> {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main], {
    env: {
      PATH: process.env['PATH'],
      ATLAS_HOME: home,
      ATLAS_ACQUIRER_TOKEN: TOKEN,
      ATLAS_LIFELINE_FD: '3',
      ATLAS_LOG_LEVEL: 'error',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  const exited = once(child, 'exit');
  if (!child.stdout) throw new Error('no standard output');
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([
    once(lines, 'line'),
    exited.then(() => Promise.reject(new Error('the bank ended before it listened'))),
  ])) as [string];
  return { url: (JSON.parse(line) as { listening: string }).listening, child, exited };
}
