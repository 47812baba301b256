import { connect } from 'node:net';
import { steadyNow, type CallFrame, type Inbound, type Reply } from '@atlas/coupling-runtime';
import { probe, RpcServer, type RpcServerEvent, type RpcServerOptions } from '@atlas/coupling-transport';
import { afterEach, describe, expect, it } from 'vitest';
import { FakePeer, TEST_TOKEN, type RawFrame } from '../src/index.ts';

const identity = { instance: 'cart-0', nonce: 'c'.repeat(16), build: 'b1', contractHash: 'h1' };
const hello: RawFrame = {
  t: 'hello',
  token: TEST_TOKEN,
  probe: false,
  now: steadyNow(),
  instance: 'shop-0',
  nonce: 'a'.repeat(16),
  build: 'b1',
  contractHash: 'h1',
};
const callFrame = (id: number, input: unknown = {}): RawFrame => ({
  t: 'call',
  id,
  op: 'cart.getCart',
  root: 'a'.repeat(16),
  epoch: 1,
  at: steadyNow() + 5_000,
  trace: '',
  in: input,
});

let server: RpcServer;
let peers: FakePeer[] = [];
let served: CallFrame[] = [];
const refused: RpcServerEvent[] = [];
let waitRefused: ((event: RpcServerEvent) => void) | undefined;

async function listen(options: Partial<RpcServerOptions> = {}): Promise<string> {
  served = [];
  refused.length = 0;
  const inbound: Inbound = {
    serve(frame, respond) {
      served.push(frame);
      respond({ kind: 'answer', output: frame.input });
      return { cancel: () => {}, abandon: () => {} };
    },
  };
  server = new RpcServer({
    identity,
    token: TEST_TOKEN,
    inbound,
    onRefused: (event) => {
      refused.push(event);
      waitRefused?.(event);
    },
    ...options,
  });
  return server.listen();
}

const nextRefused = (): Promise<RpcServerEvent> =>
  refused[0] === undefined ? new Promise((resolve) => (waitRefused = resolve)) : Promise.resolve(refused[0]);

async function peerOf(rpc: string): Promise<FakePeer> {
  const peer = await FakePeer.connect(rpc);
  peers.push(peer);
  return peer;
}

async function greeted(rpc: string): Promise<FakePeer> {
  const peer = await peerOf(rpc);
  peer.send(hello);
  expect(await peer.next()).toMatchObject({ t: 'welcome', ...identity });
  return peer;
}

/** Their clocks were set between the starts of the two processes. */
it.each([3_600_000, -3_600_000])('a peer whose clock is off by %i ms is given its own time', async (off) => {
  const peer = await peerOf(await listen());
  peer.send({ ...hello, now: steadyNow() + off });
  expect(await peer.next()).toMatchObject({ t: 'welcome' });
  peer.send({ ...callFrame(1), at: steadyNow() + off + 5_000 });
  expect(await peer.next()).toMatchObject({ t: 'ok', id: 1 });
  const left = (served[0]?.deadlineAt ?? 0) - steadyNow();
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(10_000);
});

afterEach(async () => {
  waitRefused = undefined;
  for (const peer of peers) peer.socket.destroy();
  peers = [];
  await server.close(100);
});

describe('the listener', () => {
  it('welcomes a peer with the right token, build and contracts, and answers its call', async () => {
    const peer = await greeted(await listen());
    peer.send(callFrame(7, { x: 'ä€😀' }));
    expect(await peer.next()).toEqual({ t: 'ok', id: 7, out: { x: 'ä€😀' } });
  });

  it.each([
    ['a wrong token', { token: 'nope' }, 'unauthorized'],
    ['an empty token', { token: '' }, 'unauthorized'],
    ['another build', { build: 'b2' }, 'build_mismatch'],
    ['other contracts', { contractHash: 'h2' }, 'contract_mismatch'],
  ])('refuses %s, saying why, and executes nothing', async (_what, change, reason) => {
    const peer = await peerOf(await listen());
    peer.send({ ...hello, ...change });
    peer.send(callFrame(1));
    expect(await peer.next()).toEqual({ t: 'refused', reason });
    await peer.closed;
    expect((await nextRefused()).reason).toBe(reason);
    expect(server.refused()).toEqual({ [reason]: 1 });
    expect(served).toEqual([]);
  });

  it('refuses a fenced nonce', async () => {
    const peer = await peerOf(await listen({ refusesNonce: (nonce) => nonce === hello['nonce'] }));
    peer.send(hello);
    expect(await peer.next()).toEqual({ t: 'refused', reason: 'nonce_refused' });
  });

  it('hangs up on a peer that is fenced after it was welcomed, and on no other', async () => {
    const fenced = new Set<unknown>();
    const rpc = await listen({ refusesNonce: (nonce) => fenced.has(nonce) });
    const bad = await greeted(rpc);
    const good = await peerOf(rpc);
    good.send({ ...hello, nonce: 'another-nonce' });
    expect(await good.next()).toMatchObject({ t: 'welcome' });
    fenced.add(hello['nonce']);
    server.cutRefused();
    await bad.closed;
    expect((await nextRefused()).reason).toBe('nonce_refused');
    good.send(callFrame(7));
    expect(await good.next()).toMatchObject({ t: 'ok', id: 7 });
  });

  it.each([
    ['garbage', 'GET / HTTP/1.1\r\n\r\n', 'malformed'],
    ['binary garbage', '\u0000\u0001\u0002\n', 'malformed'],
    ['null', 'null\n', 'malformed'],
    ['an array', '[]\n', 'malformed'],
    ['a call before the hello', `${JSON.stringify(callFrame(1))}\n`, 'malformed'],
    ['an unknown kind', '{"t":"constructor"}\n', 'malformed'],
    ['a hello without a token', '{"t":"hello"}\n', 'malformed'],
    ['a line over 4 KiB', `${'x'.repeat(5_000)}\n`, 'oversized'],
    ['4 KiB without an end', 'x'.repeat(5_000), 'oversized'],
  ])('hangs up on %s before the hello', async (_what, text, reason) => {
    const rpc = await listen();
    const peer = await peerOf(rpc);
    peer.send(text);
    await peer.closed;
    expect((await nextRefused()).reason).toBe(reason);
    expect(served).toEqual([]);
    await greeted(rpc);
  });

  it.each([
    ['a line over 1 MiB', `${'x'.repeat(1024 * 1024 + 1)}\n`, 'oversized'],
    ['a call without a root', '{"t":"call","id":1}\n', 'malformed'],
    ['a call with a bad id', `${JSON.stringify(callFrame(-1))}\n`, 'malformed'],
    ['a second hello', `${JSON.stringify(hello)}\n`, 'malformed'],
    ['an answer to nothing', '{"t":"ok","id":1}\n', 'malformed'],
  ])('hangs up on %s after the hello, and other peers go on', async (_what, text, reason) => {
    const rpc = await listen();
    const [bad, good] = await Promise.all([greeted(rpc), greeted(rpc)]);
    bad.send(text);
    await bad.closed;
    expect((await nextRefused()).reason).toBe(reason);
    good.send(callFrame(1, 'still here'));
    expect(await good.next()).toMatchObject({ t: 'ok', out: 'still here' });
  });

  it('puts frames together that arrive byte by byte', async () => {
    const peer = await peerOf(await listen());
    const text = `${JSON.stringify(hello)}\n`;
    peer.socket.setNoDelay(true);
    for (const character of text) peer.send(character);
    expect(await peer.next()).toMatchObject({ t: 'welcome' });
    const bytes = Buffer.from(`${JSON.stringify(callFrame(2, '€'))}\n`);
    for (const byte of bytes) peer.socket.write(Buffer.of(byte));
    expect(await peer.next()).toMatchObject({ t: 'ok', out: '€' });
  });

  it('hangs up when no hello comes', async () => {
    const peer = await peerOf(await listen({ helloTimeoutMs: 50 }));
    await peer.closed;
    expect((await nextRefused()).reason).toBe('hello_timeout');
  });

  it('tells a probe who it is, whatever its build, but serves it nothing', async () => {
    const rpc = await listen();
    await expect(probe({ rpc, token: TEST_TOKEN, instance: 'driver' })).resolves.toEqual(identity);
    await expect(probe({ rpc, token: 'nope', instance: 'driver' })).resolves.toBeUndefined();
    const peer = await peerOf(rpc);
    peer.send({ ...hello, probe: true, build: '' });
    expect(await peer.next()).toMatchObject({ t: 'welcome' });
    peer.send(callFrame(1));
    await peer.closed;
    expect(served).toEqual([]);
  });

  it('stops reading a peer at its limit of calls in flight', async () => {
    const running: ((reply: Reply) => void)[] = [];
    const inbound: Inbound = {
      serve(_frame, respond) {
        running.push(respond);
        return { cancel: () => {}, abandon: () => {} };
      },
    };
    const peer = await greeted(await listen({ inbound, maxInFlight: 4 }));
    for (let id = 1; id <= 4; id += 1) peer.send(callFrame(id));
    const answered = async (): Promise<unknown> => {
      running.shift()?.({ kind: 'answer', output: null });
      return (await peer.next())['id'];
    };
    while (running.length < 4) await new Promise((resolve) => setImmediate(resolve));
    for (let id = 5; id <= 8; id += 1) peer.send(callFrame(id));
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(running.length).toBe(4);
    expect(await answered()).toBe(1);
    expect(await answered()).toBe(2);
    while (running.length < 4) await new Promise((resolve) => setImmediate(resolve));
    expect(server.inFlight).toBe(4);
    for (const respond of running) respond({ kind: 'answer', output: null });
  });

  it('lets go of calls that have not begun when nobody can hear their answers, and tells none to stop', async () => {
    const told: string[] = [];
    const inbound: Inbound = {
      serve(_frame, respond) {
        const name = String(told.push('begun'));
        const abandon = (): void => {
          told.push(`abandon ${name}`);
          respond({ kind: 'answer', output: null });
        };
        return { cancel: () => told.push(`cancel ${name}`), abandon };
      },
    };
    const peer = await greeted(await listen({ inbound }));
    for (const call of [1, 2]) peer.send(callFrame(call));
    while (told.length < 2) await new Promise((resolve) => setImmediate(resolve));
    peer.reset();
    while (server.inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(told.sort()).toEqual(['abandon 1', 'abandon 2', 'begun', 'begun']);
  });

  it('closes at once what comes above the most connections, and serves those that are there', async () => {
    const rpc = await listen({ maxConnections: 1 });
    const peer = await greeted(rpc);
    await (
      await peerOf(rpc)
    ).closed;
    expect(await nextRefused()).toMatchObject({ reason: 'too_many' });
    peer.send(callFrame(1, { still: 'here' }));
    expect(await peer.next()).toMatchObject({ t: 'ok', out: { still: 'here' } });
  });

  it('lets a host in through a flood of strangers that say nothing: the longest silent makes room', async () => {
    const rpc = await listen({ maxConnections: 8, helloTimeoutMs: 60_000 });
    const silent: FakePeer[] = [];
    for (let more = 0; more < 20; more += 1) silent.push(await peerOf(rpc));
    await Promise.all(silent.slice(0, 18).map(({ closed }) => closed));
    const host = await greeted(rpc);
    for (let more = 0; more < 20; more += 1) await peerOf(rpc);
    host.send(callFrame(1, { still: 'here' }));
    expect(await host.next()).toMatchObject({ t: 'ok', out: { still: 'here' } });
    await greeted(rpc);
    expect(refused.every(({ reason }) => reason === 'too_many')).toBe(true);
    expect(server.connections).toBeLessThanOrEqual(8);
  });

  it('stops serving a peer that does not read its answers', async () => {
    const large = 'x'.repeat(200_000);
    let running = 0;
    const inbound: Inbound = {
      serve(_frame, respond) {
        running += 1;
        respond({ kind: 'answer', output: large });
        return { cancel: () => {}, abandon: () => {} };
      },
    };
    const rpc = await listen({ inbound });
    const at = rpc.lastIndexOf(':');
    const slow = connect(Number(rpc.slice(at + 1)), rpc.slice(0, at));
    slow.pause();
    slow.write(`${JSON.stringify(hello)}\n`);
    for (let id = 1; id <= 500; id += 1) slow.write(`${JSON.stringify(callFrame(id))}\n`);
    while (running === 0) await new Promise((resolve) => setImmediate(resolve));
    const fast = await greeted(rpc);
    fast.send(callFrame(1));
    expect((await fast.next())['out']).toBe(large);
    expect(running).toBeLessThan(100);
    slow.destroy();
  });

  it('answers `internal` when an answer cannot be written as JSON', async () => {
    const inbound: Inbound = {
      serve(_frame, respond) {
        respond({ kind: 'answer', output: 1n });
        return { cancel: () => {}, abandon: () => {} };
      },
    };
    const peer = await greeted(await listen({ inbound }));
    peer.send(callFrame(1));
    expect(await peer.next()).toMatchObject({ t: 'fail', error: { code: 'internal' } });
  });
});
