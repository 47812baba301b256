/** Clients that mean ill, or are broken, against a shop under load: each is bounded, and costs nobody else a request. */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { assertEventually, failuresIn, rowOf, shopOfFile, type Load } from './src/index.ts';

const shop = shopOfFile();
let load: Load;
beforeAll(async () => {
  load = await shop().load();
  await load.served(60);
});

const open: Peer[] = [];
afterEach(() => {
  for (const { socket } of open.splice(0)) socket.destroy();
});

interface Peer {
  readonly socket: Socket;
  /** What arrived; not collected of one that does not read. */
  text: string;
  closed: boolean;
}

/** A raw connection to the edge; `reads` false: it never takes what it is sent. */
function peer(reads = true): Promise<Peer> {
  const { hostname, port } = new URL(shop().stack.edgeUrl);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const made: Peer = { socket, text: '', closed: false };
    open.push(made);
    if (reads) socket.setEncoding('latin1').on('data', (part: string) => (made.text += part));
    socket.once('connect', () => resolve(made)).once('error', reject);
    socket.on('error', () => undefined).on('close', () => (made.closed = true));
  });
}

const peers = (count: number, reads = true): Promise<Peer[]> =>
  Promise.all(Array.from({ length: count }, () => peer(reads)));

async function shopRssMb(): Promise<number> {
  const { pid } = await rowOf(shop().home, 'shop-0');
  if (process.platform !== 'linux')
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]).toString()) / 1_024;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1_024;
}

const allClosed = (what: string, group: readonly Peer[]): Promise<void> =>
  assertEventually(
    what,
    () => {
      const left = group.filter(({ closed }) => !closed).length;
      if (left > 0) throw new Error(`${left} of ${group.length} are open`);
    },
    { withinMs: 100_000, everyMs: 200 },
  );

/** The load goes on, and nobody of it has been failed. */
async function othersAreServed(): Promise<void> {
  await load.served(60);
  expect(load.failures).toEqual([]);
}

const GET = 'GET /api/products?limit=100 HTTP/1.1\r\nhost: x\r\n\r\n';
const POST = 'POST /api/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';

/** Trickle in until all are hung up on, with what they were told. */
async function slowClients(): Promise<readonly Peer[]> {
  const slowHeaders = await peers(100);
  const slowBodies = await peers(100);
  for (const { socket } of slowHeaders) socket.write('GET / HTTP/1.1\r\nhost: x\r\nx-slow: ');
  for (const { socket } of slowBodies) socket.write(`${POST}content-length: 1000\r\n\r\n{`);
  const all = [...slowHeaders, ...slowBodies];
  const trickle = setInterval(() => {
    for (const { socket } of all) if (socket.writable) socket.write('x');
  }, 500);
  await allClosed('every slow client is hung up on', all).finally(() => clearInterval(trickle));
  return all;
}

test('clients that ask and ask and never read cost a bounded amount of memory, and are given up', async () => {
  const before = await shopRssMb();
  const deaf = await peers(100, false);
  for (const { socket } of deaf) socket.pause().write(GET.repeat(500));
  await othersAreServed();
  expect((await shopRssMb()) - before).toBeLessThan(300);
  await allClosed('every deaf client is hung up on', deaf);
  await othersAreServed();
});

test('bombs are refused before they are taken in', async () => {
  const [header, length, chunks, many] = await peers(4);
  header?.socket.write(`GET / HTTP/1.1\r\nhost: x\r\nx-bomb: ${'x'.repeat(1_000_000)}\r\n\r\n`);
  length?.socket.write(`${POST}content-length: 1000000000\r\n\r\n${'x'.repeat(200_000)}`);
  chunks?.socket.write(
    `${POST}transfer-encoding: chunked\r\n\r\n${`8000\r\n${'x'.repeat(0x8000)}\r\n`.repeat(8)}`,
  );
  many?.socket.write(`GET / HTTP/1.1\r\nhost: x\r\n${'a:b\r\n'.repeat(20_000)}\r\n`);
  const told = (one: Peer | undefined, answer: RegExp): Promise<void> =>
    assertEventually(String(answer), () => expect(one?.text).toMatch(answer));
  await told(header, /^HTTP\/1\.1 431 [\s\S]*"code":"headers_too_large"/);
  await told(length, /^HTTP\/1\.1 413 [\s\S]*"code":"body_too_large"/);
  await told(chunks, /^HTTP\/1\.1 413 [\s\S]*"code":"body_too_large"/);
  await told(many, /^HTTP\/1\.1 431 [\s\S]*"code":"headers_too_large"/);
  await othersAreServed();
});

/** This process holds the other ends. */
const LIMIT = execFileSync('sh', ['-c', 'ulimit -n']).toString().trim();
const IDLE = Math.min(10_000, LIMIT === 'unlimited' ? Infinity : Number(LIMIT) - 1_000);

test(`${IDLE} idle clients and slow ones are hung up on, and with as many that come and go keep nobody from being served`, async () => {
  expect(
    IDLE,
    'file descriptors are too few for this test: raise the hard limit (ulimit -Hn)',
  ).toBeGreaterThan(500);
  const before = await shopRssMb();
  const idle: Peer[] = [];
  for (let made = 0; made < IDLE; made += 500) idle.push(...(await peers(Math.min(500, IDLE - made))));
  const slow = slowClients();
  await othersAreServed();
  expect((await shopRssMb()) - before).toBeLessThan(300);
  await allClosed('every idle client is hung up on', idle);
  for (const { text } of await slow) expect(text).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"request_timeout"/);
  for (let round = 0; round < 20; round += 1) {
    for (const { socket } of await peers(500)) socket.resetAndDestroy();
    await wait(0);
  }
  await othersAreServed();
});

test('no request failed, and the books agree', async () => {
  await load.stop();
  expect(await failuresIn(load.log)).toEqual([]);
  expect((await shop().audit()).problems).toEqual([]);
});
