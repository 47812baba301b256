import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConnectionSpread } from '../src/edge/connection-spread.ts';
import { startEdge, type EdgeFixture, type FixtureOptions } from './edge-fixture.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function started(options: FixtureOptions = {}): Promise<EdgeFixture> {
  const edge = await startEdge(options);
  closing.push(() => edge.close());
  return edge;
}

const get = (path: string, header = ''): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n${header}\r\n`;

/** A keep-alive client that shows what the server does with its connection. */
class Client {
  readonly #socket: Socket;
  text = '';
  ended = false;
  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setEncoding('utf8').on('data', (part: string) => (this.text += part));
    this.#socket.on('end', () => (this.ended = true)).on('error', () => (this.ended = true));
  }
  ask(path: string): void {
    this.send(get(path));
  }
  /** In one packet. */
  send(...requests: string[]): void {
    this.#socket.write(requests.join(''));
  }
  get answers(): number {
    return this.text.split('HTTP/1.1 200').length - 1;
  }
  close(): void {
    this.#socket.destroy();
  }
}

describe('a retiring edge', () => {
  it('answers what is in flight and what still comes on open connections, and closes them with the answer', async () => {
    const gate = Promise.withResolvers<void>();
    const edge = await started({ hold: () => gate.promise });
    const [busy, idle] = [new Client(edge.port), new Client(edge.port)];
    idle.ask('/healthz');
    await vi.waitFor(() => expect(idle.answers).toBe(1));
    expect(idle.text).toMatch(/Keep-Alive: timeout=5/i);
    busy.ask('/api/products/blue-mug');
    await vi.waitFor(() => expect(edge.asked).toHaveLength(1));

    const retired = edge.listener.retire();
    await expect(fetch(`${edge.url}/healthz`)).rejects.toThrow();
    expect(idle.ended).toBe(false);
    idle.ask('/api/products');
    await vi.waitFor(() => expect(idle.answers).toBe(2));
    await vi.waitFor(() => expect(idle.ended).toBe(true));
    expect(idle.text).toMatch(/connection: close/i);
    gate.resolve();
    await vi.waitFor(() => expect(busy.ended).toBe(true));
    expect(busy.answers).toBe(1);
    await retired;
  });

  it('says to who still asks it that it is not ready', async () => {
    const edge = await started();
    const probe = new Client(edge.port);
    probe.ask('/readyz');
    await vi.waitFor(() => expect(probe.answers).toBe(1));
    const retired = edge.listener.retire();
    probe.ask('/readyz');
    await vi.waitFor(() => expect(probe.ended).toBe(true));
    expect(probe.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 503']);
    await retired;
  });

  it('keeps an idle connection open for the advertised time', async () => {
    const edge = await started();
    const idle = new Client(edge.port);
    const silent = new Client(edge.port);
    const askedAt = performance.now(); // the answer may be noticed late
    idle.ask('/healthz');
    await vi.waitFor(() => expect(idle.answers).toBe(1));
    const retired = edge.listener.retire();
    await vi.waitFor(() => expect(idle.ended).toBe(true), { timeout: 30_000 });
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(5_000);
    await retired;
    await vi.waitFor(() => expect(silent.ended).toBe(true));
  });

  it('gives up what never ends while there is still time for an orderly end, before the driver kills it at 35 s', async () => {
    const gate = Promise.withResolvers<void>();
    const edge = await started({ hold: () => gate.promise });
    const stuck = new Client(edge.port);
    stuck.ask('/api/products/blue-mug');
    await vi.waitFor(() => expect(edge.asked).toHaveLength(1));
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    try {
      const retired = edge.listener.retire();
      vi.advanceTimersByTime(30_500);
      await retired;
    } finally {
      vi.useRealTimers();
      gate.resolve();
    }
    await vi.waitFor(() => expect(stuck.ended).toBe(true));
  });
});

describe('kept-alive connections', () => {
  it('are told to move once when a bundle is added and the lot falls on them, and stay when one goes', async () => {
    let bundles = 1;
    const lot = { now: () => 0, random: () => 0, busy: () => 0 };
    const edge = await started({ spread: new ConnectionSpread(() => bundles, lot) });
    const moved = async (client: Client): Promise<boolean> => {
      const before = client.answers;
      client.ask('/api/products');
      await vi.waitFor(() => expect(client.answers).toBe(before + 1));
      return /connection: close/i.test(client.text);
    };
    const old = new Client(edge.port);
    expect(await moved(old)).toBe(false);
    bundles = 2;
    const young = new Client(edge.port);
    expect(await moved(young)).toBe(false);
    expect(await moved(old)).toBe(true);
    await vi.waitFor(() => expect(old.ended).toBe(true));
    bundles = 1;
    expect(await moved(young)).toBe(false);
    young.close();
  });
});

describe('open connections', () => {
  it('are told as a metric, as they come and go', async () => {
    const edge = await started();
    const told = async (): Promise<number> => {
      const asking = new Client(edge.port);
      asking.send(get('/metrics', 'connection: close\r\n'));
      await vi.waitFor(() => expect(asking.ended).toBe(true));
      return Number(/^atlas_edge_connections (\d+)$/m.exec(asking.text)?.[1]);
    };
    const clients = [1, 2, 3].map(() => new Client(edge.port));
    await vi.waitFor(async () => expect(await told()).toBe(4));
    for (const client of clients) client.close();
    await vi.waitFor(async () => expect(await told()).toBe(1));
  });
});

describe('requests sent ahead of their answers', () => {
  it('are answered in order as long as they are few', async () => {
    const edge = await started();
    const client = new Client(edge.port);
    for (let number = 0; number < 5; number += 1) client.ask('/api/products');
    await vi.waitFor(() => expect(client.answers).toBe(5));
    client.ask('/api/products');
    await vi.waitFor(() => expect(client.answers).toBe(6));
    client.close();
  });

  it.each(['', 'expect: tea\r\n'])(
    'cost a client its connection when they are many, and start no more than few roots: %j',
    async (header) => {
      const gate = Promise.withResolvers<void>();
      const edge = await started({ hold: () => gate.promise });
      const client = new Client(edge.port);
      const request = get('/api/products/blue-mug', header);
      for (let number = 0; number < 1_000; number += 1) client.send(request);
      await vi.waitFor(() => expect(client.ended).toBe(true));
      gate.resolve();
      expect(edge.asked.length).toBeLessThan(10);
    },
  );

  it('are all answered on a connection that is to end, which their last answer says', async () => {
    const gate = Promise.withResolvers<void>();
    const edge = await started({ hold: () => gate.promise });
    const client = new Client(edge.port);
    client.send(get('/api/products/blue-mug'), get('/api/products/blue-mug'));
    await vi.waitFor(() => expect(edge.asked).toHaveLength(2));
    const retired = edge.listener.retire();
    gate.resolve();
    await vi.waitFor(() => expect(client.ended).toBe(true));
    expect(client.answers).toBe(2);
    expect(client.text.match(/connection: close/gi)).toHaveLength(1);
    await retired;
  });

  it('are answered, too, when they came with one that cannot be read', async () => {
    const edge = await started();
    const client = new Client(edge.port);
    const json = 'content-type: application/json\r\ncontent-length: 1\r\n';
    client.send(`POST /api/sessions HTTP/1.1\r\nhost: x\r\n${json}\r\n{`, get('/api/products'));
    await vi.waitFor(() => expect(client.answers).toBe(1));
    expect(client.text).toMatch(/^HTTP\/1\.1 400 /);
    client.close();
  });

  it.each([
    ['no request', 'HELLO\r\n\r\n'],
    [
      'a request whose body cannot be read',
      'POST /api/sessions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    ],
  ])('are answered, and nothing else in their place, when %s follows them', async (_, bytes) => {
    const gate = Promise.withResolvers<void>();
    const edge = await started({ hold: () => gate.promise });
    const client = new Client(edge.port);
    client.send(get('/api/products/blue-mug'), bytes);
    await vi.waitFor(() => expect(edge.asked).toHaveLength(1));
    gate.resolve();
    await vi.waitFor(() => expect(client.ended).toBe(true));
    expect(client.text.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200']);
    expect(client.text).toMatch(/connection: close/i);
  });

  it('are not begun behind the answer that ends their connection', async () => {
    const edge = await started();
    const client = new Client(edge.port);
    client.ask('/healthz');
    await vi.waitFor(() => expect(client.answers).toBe(1));
    const retired = edge.listener.retire();
    client.send(get('/healthz'), get('/api/products'));
    await vi.waitFor(() => expect(client.ended).toBe(true));
    expect(client.answers).toBe(2 + edge.asked.length);
    await retired;
  });
});

describe('what comes behind the last answer of a connection', () => {
  it('costs a client its connection when it is much', async () => {
    const gate = Promise.withResolvers<void>();
    const edge = await started({ hold: () => gate.promise });
    const client = new Client(edge.port);
    client.ask('/api/products/blue-mug');
    await vi.waitFor(() => expect(edge.asked).toHaveLength(1));
    const retired = edge.listener.retire();
    client.ask('/api/products');
    await vi.waitFor(() => expect(edge.asked).toHaveLength(2));
    client.send(...Array.from({ length: 1_000 }, () => get('/api/products')));
    await vi.waitFor(() => expect(client.ended).toBe(true));
    gate.resolve();
    await retired;
    expect(edge.asked).toHaveLength(2);
  });
});

describe('a client that reads no further in its answer', () => {
  /** More than the buffers of a connection hold that nobody reads. */
  const ANSWER_BYTES = 64 * 1_024 * 1_024;

  it('is hung up on when nothing has moved for long', async () => {
    const storefront = await mkdtemp(join(tmpdir(), 'storefront-'));
    closing.push(() => rm(storefront, { recursive: true }));
    await writeFile(join(storefront, 'index.html'), '');
    await truncate(join(storefront, 'index.html'), ANSWER_BYTES);
    const edge = await started({ storefront, silentMs: 1_000 });
    const deaf = connect(edge.port, '127.0.0.1').on('error', () => undefined);
    closing.push(() => Promise.resolve(void deaf.destroy()));
    deaf.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const head = await new Promise<Buffer>((resolve) => deaf.once('data', resolve));
    deaf.pause();
    expect(head.toString()).toMatch(new RegExp(`^HTTP/1.1 200 [^]*content-length: ${ANSWER_BYTES}`, 'i'));

    await vi.waitFor(async () => expect(await edge.connections()).toBe(0), { timeout: 30_000 });
    const closed = new Promise((resolve) => deaf.once('close', resolve));
    deaf.resume();
    await closed;
    expect(deaf.bytesRead).toBeLessThan(ANSWER_BYTES);
  });
});

describe('the edge socket', () => {
  const bind = (): Promise<Server> =>
    new Promise((resolve) => {
      const server = createServer();
      server.listen(0, '127.0.0.1', () => resolve(server));
    });

  it('is refused in one line when the port is in use', async () => {
    const taken = await bind();
    closing.push(() => new Promise((resolve) => taken.close(() => resolve())));
    const address = taken.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const edge = await started();
    await edge.close();
    closing.pop();
    const { EdgeListener } = await import('../src/edge/edge-listener.ts');
    const { createServer: createHttp } = await import('node:http');
    const listener = new EdgeListener(createHttp());
    await expect(listener.listen({ host: '127.0.0.1', port })).rejects.toThrow(
      `the edge cannot listen on 127.0.0.1:${port}: the port is in use`,
    );
  });
});
