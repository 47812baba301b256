/** `npm start` as a process: killed, interrupted, started twice, started wrongly. */
import { createServer, type AddressInfo } from 'node:net';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  assertNothingLeft,
  disposalOfHome,
  makeHome,
  rowsOf,
  startSupervisor,
  type Ended,
  type Started,
} from './src/index.ts';

const dispose = disposalOfHome();
let home: string;
const running: Started[] = [];

beforeAll(async () => {
  home = await makeHome();
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});
afterAll(() => dispose(home, () => assertNothingLeft(home)));

function start(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Started {
  const started = startSupervisor({ home, args: ['--idle', '--port', '0', ...args], env });
  running.push(started);
  return started;
}

const APPS = ['acquirer', 'brain', 'postgres', 'shop', 'stack', 'switcher'];

/** Sells something, and resolves to the address of the order. */
async function buy(edgeUrl: string): Promise<{ readonly orderUrl: string; readonly token: string }> {
  const ask = async (
    method: string,
    path: string,
    token?: string,
    body?: unknown,
  ): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${edgeUrl}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': 'once' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(answer.status).toBeLessThan(300);
    return (await answer.json()) as Record<string, unknown>;
  };
  const token = String((await ask('POST', '/api/sessions'))['token']);
  const [product] = (await ask('GET', '/api/products?limit=1'))['items'] as { id: string }[];
  const cart = String((await ask('POST', '/api/carts', token))['id']);
  await ask('PUT', `/api/carts/${cart}/items/${product?.id}`, token, { quantity: 1 });
  const order = await ask('POST', `/api/carts/${cart}/checkout`, token, {
    payment: { token: 'tok_ok' },
    address: { name: 'Ada', line1: 'Way 1', city: 'Ulm', postcode: '89073', country: 'DE' },
  });
  expect(order['status']).toBe('paid');
  return { orderUrl: `/api/orders/${String(order['orderId'])}`, token };
}

test('SIGKILL leaves no process behind within 5 s, and the next start in the folder recovers and serves', async () => {
  const first = start();
  const { orderUrl, token } = await buy(await first.answering());
  const rows = await rowsOf(home);
  expect(rows.map(({ app }) => app).sort()).toEqual(APPS);
  first.child.kill('SIGKILL');
  await first.ended;
  await assertNothingLeft(home, rows);

  const second = start();
  const edgeUrl = await second.answering();
  const order = await fetch(`${edgeUrl}${orderUrl}`, { headers: { authorization: `Bearer ${token}` } });
  expect(await order.json()).toMatchObject({ status: expect.stringMatching(/^(paid|shipped)$/) as string });
  await buy(edgeUrl);
});

test('a start right after SIGKILL takes over, whatever of the old one still lives', async () => {
  const first = start();
  await first.answering();
  const rows = await rowsOf(home);
  first.child.kill('SIGKILL');
  const second = start();
  await buy(await second.answering());
  await assertOnlyThe(second, rows);
});

/** No process of the killed start is left, and all of the new one are there. */
async function assertOnlyThe(second: Started, before: readonly { readonly pid: number }[]): Promise<void> {
  const now = await rowsOf(home);
  expect(now.map(({ app }) => app).sort()).toEqual(APPS);
  expect(now.find(({ app }) => app === 'stack')?.pid).toBe(second.child.pid);
  expect(now.filter(({ pid }) => before.some((row) => row.pid === pid))).toEqual([]);
}

test.for(['SIGINT', 'SIGTERM'] as const)('%s ends everything in order', async (signal) => {
  const started = start();
  await started.answering();
  const rows = await rowsOf(home);
  started.child.kill(signal);
  const { code, stderr } = await started.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await assertNothingLeft(home, rows);
});

test('SIGINT during the start ends what was started so far', async () => {
  const started = start();
  await once(started.child.stdout ?? started.child, 'data');
  started.child.kill('SIGINT');
  const { signal, stderr } = await started.ended;
  expect({ signal, stderr }).toEqual({ signal: null, stderr: '' });
  await assertNothingLeft(home);
});

/** Refused: exit code other than 0, nothing started, and one line that says why. */
function expectOneLine({ code, signal, stderr }: Ended, why: RegExp): void {
  expect(signal).toBeNull();
  expect(code).toBeGreaterThan(0);
  expect(stderr).toMatch(why);
  expect(stderr.trim().split('\n')).toHaveLength(1);
}

describe('refused in one line', () => {
  test('a second start in the same folder, and the first serves on', async () => {
    const first = start();
    const edgeUrl = await first.answering();
    expectOneLine(await start().ended, /a stack runs in .* already/);
    expectOneLine(await start(['--reset']).ended, /a stack runs in .* already/);
    await buy(edgeUrl);
  });

  test('a port in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    expectOneLine(await start(['--port', String(port)]).ended, new RegExp(`port ${port} is in use`));
    other.close();
  });

  test.for(['http', '-1', '65536', '80.5', '1e3', ''])('port "%s"', async (port) => {
    expectOneLine(await start([`--port=${port}`]).ended, /port/);
  });

  test.for(['--colour', '--idel', 'fast'])('option "%s"', async (option) => {
    expectOneLine(await start([option]).ended, /option|argument/);
  });

  test.for([
    ['ATLAS_PROT', '80'],
    ['ATLAS_LOG_LEVEL', 'loud'],
    ['ATLAS_FAULTS', 'a=explode'],
  ] as const)('%s=%s', async ([key, value]) => {
    expectOneLine(await start([], { [key]: value }).ended, new RegExp(key));
  });

  test('a folder that cannot be written, or is none', async () => {
    const closed = join(home, 'closed');
    await mkdir(closed);
    await chmod(closed, 0o555);
    const file = join(home, 'file');
    await writeFile(file, '');
    const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};
    const unwritable = startSupervisor({
      home: join(closed, 'state'),
      args: ['--idle', '--port', '0'],
      ...nobody,
    });
    expectOneLine(await unwritable.ended, /no permission to write/);
    const none = startSupervisor({ home: join(file, 'state'), args: ['--idle', '--port', '0'] });
    expectOneLine(await none.ended, /is not a folder/);
  });

  test('afterwards nothing is left of any of them', () => assertNothingLeft(home));
});
