import {
  platformWire,
  steadyNow,
  type CallFrame,
  type Endpoint,
  type Link,
  type Refusal,
  type WireError,
} from '@atlas/coupling-runtime';
import { Pulse, RpcServer, TcpConnector, type TcpConnectorOptions } from '@atlas/coupling-transport';
import { armFaults } from '@atlas/platform-fault';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeListener, FakePeer, TEST_TOKEN } from '../src/index.ts';

const shared = { build: 'b', contractHash: 'c' };
const NONCE = '5'.repeat(16);
const welcome = { t: 'welcome', instance: 'echo-0', nonce: NONCE, ...shared };

let listener: FakeListener;
let connector: TcpConnector;
let states: string[];
let lostReasons: string[];
let onState: () => void = () => {};

const endpoint = (change: Partial<Endpoint> = {}): Endpoint => ({
  instance: 'echo-0',
  nonce: NONCE,
  kind: 'service',
  modules: ['echo'],
  rpc: listener.rpc,
  health: 'ready',
  ...change,
});
const open = (options: Partial<TcpConnectorOptions> = {}, at = endpoint()): Link => {
  connector = new TcpConnector({
    identity: { instance: 'shop-0', nonce: '6'.repeat(16), ...shared },
    token: TEST_TOKEN,
    onLost: (_endpoint, reason) => lostReasons.push(reason),
    ...options,
  });
  return connector.link(at, (link) => {
    states.push(link.state);
    onState();
  });
};
const becomes = (state: string): Promise<void> =>
  new Promise((resolve) => {
    const check = (): void => {
      if (states.includes(state)) resolve();
    };
    onState = check;
    check();
  });

type Told =
  | { readonly answered: unknown }
  | { readonly failed: WireError }
  | { readonly refused: Refusal }
  | { readonly lost: true };

const frame = (change: Partial<CallFrame> = {}): CallFrame => ({
  module: 'echo',
  operation: 'say',
  input: { text: 'x' },
  rootId: '7'.repeat(16),
  epoch: 1,
  deadlineAt: steadyNow() + 5_000,
  traceparent: '',
  key: undefined,
  ...change,
});
const send = (link: Link, change: Partial<CallFrame> = {}): { told: Promise<Told>; cancel: () => void } => {
  const { promise, resolve } = Promise.withResolvers<Told>();
  const cancel = link.send(frame(change), {
    answered: (output) => resolve({ answered: output }),
    failed: (error) => resolve({ failed: error }),
    refused: (reason) => resolve({ refused: reason }),
    lost: () => resolve({ lost: true }),
  });
  return { told: promise, cancel };
};
const accept = async (): Promise<FakePeer> => {
  const peer = await listener.accept();
  expect(await peer.next()).toMatchObject({ t: 'hello', token: TEST_TOKEN, instance: 'shop-0' });
  peer.send(welcome);
  return peer;
};

beforeEach(async () => {
  states = [];
  lostReasons = [];
  onState = () => {};
  listener = await FakeListener.listen();
});
afterEach(async () => {
  armFaults(undefined, '');
  await connector.close();
  await listener.close();
});

describe('a link', () => {
  it('keeps calls while it connects, then sends them in one batch', async () => {
    const link = open();
    const calls = ['1', '2', '3'].map((text) => send(link, { input: { text } }));
    const peer = await accept();
    for (const { told } of calls) {
      const call = await peer.next();
      peer.send({ t: 'ok', id: call['id'], out: call['in'] });
      await told;
    }
    expect(await Promise.all(calls.map(({ told }) => told))).toEqual(
      ['1', '2', '3'].map((text) => ({ answered: { text } })),
    );
    expect(link.inFlight).toBe(0);
  });

  it('tells of an answer whatever the order, and of a coded failure', async () => {
    const link = open();
    const [first, second] = [send(link), send(link)];
    const peer = await accept();
    const ids = [(await peer.next())['id'], (await peer.next())['id']];
    peer.send({ t: 'fail', id: ids[1], error: platformWire('dependency_unavailable', 'm') });
    peer.send({ t: 'ok', id: ids[0], out: 1 });
    await expect(second.told).resolves.toMatchObject({ failed: { code: 'dependency_unavailable' } });
    await expect(first.told).resolves.toEqual({ answered: 1 });
  });

  it('K4: refuses what was never written and loses what was in flight', async () => {
    const link = open({ maxInFlight: 1 });
    const inFlight = send(link);
    const queued = send(link);
    const peer = await accept();
    await peer.next();
    peer.reset();
    await expect(queued.told).resolves.toEqual({ refused: 'not_sent' });
    await expect(inFlight.told).resolves.toEqual({ lost: true });
    expect(states).toEqual(['ready', 'down']);
  });

  it('comes back by itself after a loss, when the nonce is the same', async () => {
    const link = open();
    (await accept()).reset();
    await becomes('down');
    const peer = await accept();
    const { told } = send(link);
    peer.send({ t: 'ok', id: (await peer.next())['id'], out: 'back' });
    await expect(told).resolves.toEqual({ answered: 'back' });
    expect(states).toEqual(['ready', 'down', 'ready']);
  });

  it('dials once, and not again before that has failed, when somebody calls at the news that it is down', async () => {
    const link = open({ connectTimeoutMs: 200 });
    const peer = await accept();
    await becomes('ready');
    onState = () => void send(link);
    peer.reset();
    await listener.accept(); // says no hello
    await listener.accept();
    expect(lostReasons.slice(1)).toEqual(['connect_failed']);
  });

  it('K5: takes another nonce at its address for a dead process', async () => {
    const link = open();
    const { told } = send(link);
    const peer = await listener.accept();
    await peer.next();
    peer.send({ ...welcome, nonce: '9'.repeat(16) });
    await expect(told).resolves.toEqual({ refused: 'not_sent' });
    expect(link.state).toBe('gone');
    expect(lostReasons).toEqual(['nonce_changed']);
    await expect(send(link).told).resolves.toEqual({ refused: 'not_sent' });
  });

  it('says why it was refused', async () => {
    open();
    const peer = await listener.accept();
    await peer.next();
    peer.send({ t: 'refused', reason: 'build_mismatch' });
    peer.socket.end();
    await becomes('down');
    expect(lostReasons).toEqual(['build_mismatch']);
  });

  it('refuses at once where nobody listens', async () => {
    const rpc = listener.rpc;
    await listener.close();
    const link = open({}, endpoint({ rpc }));
    await expect(send(link).told).resolves.toEqual({ refused: 'not_sent' });
    listener = await FakeListener.listen();
  });

  it('gives up a peer that accepts and never says hello', async () => {
    const link = open({ connectTimeoutMs: 40 });
    await expect(send(link).told).resolves.toEqual({ refused: 'not_sent' });
    expect(lostReasons).toEqual(['connect_failed']);
  });

  it('drops a peer that answers garbage, and the process is unharmed', async () => {
    const link = open();
    const { told } = send(link);
    const peer = await accept();
    await peer.next();
    peer.send('{"t":"ok","id":\n');
    await expect(told).resolves.toEqual({ lost: true });
    expect(lostReasons).toEqual(['malformed']);
  });

  it('is `overloaded` when its queue is full', async () => {
    const link = open({ maxInFlight: 1, maxQueued: 2 });
    await accept();
    await becomes('ready');
    const calls = [1, 2, 3, 4].map(() => send(link));
    await expect(calls[3]?.told).resolves.toEqual({ refused: 'overloaded' });
    expect(link.inFlight).toBe(3);
  });

  it('tells the callee that nobody waits any more, and still hears the outcome', async () => {
    const link = open();
    const peer = await accept();
    const { told, cancel } = send(link);
    const { id } = await peer.next();
    cancel();
    expect(await peer.next()).toEqual({ t: 'cancel', id });
    peer.send({ t: 'fail', id, error: platformWire('cancelled', '') });
    await expect(told).resolves.toMatchObject({ failed: { code: 'cancelled' } });
  });

  it('K6: after a goaway refuses new calls, finishes those in flight, and hangs up', async () => {
    const link = open();
    const peer = await accept();
    const running = send(link);
    const { id } = await peer.next();
    peer.send({ t: 'goaway' });
    await becomes('gone');
    await expect(send(link).told).resolves.toEqual({ refused: 'not_sent' });
    peer.send({ t: 'ok', id, out: 'finished' });
    await expect(running.told).resolves.toEqual({ answered: 'finished' });
    await peer.closed;
  });

  it('K6: is gone for good after a goaway: another welcome breaks the protocol', async () => {
    const link = open();
    const peer = await accept();
    const running = send(link);
    await peer.next();
    peer.send({ t: 'goaway' });
    await becomes('gone');
    peer.send(welcome);
    await expect(running.told).resolves.toEqual({ lost: true });
    expect(states).toEqual(['ready', 'gone']);
  });

  it('K6: gives calls that wait back at a goaway, to go elsewhere', async () => {
    const link = open({ maxInFlight: 1 });
    const peer = await accept();
    const running = send(link);
    const waiting = send(link);
    const { id } = await peer.next();
    peer.send({ t: 'goaway' });
    await expect(waiting.told).resolves.toEqual({ refused: 'goaway' });
    peer.send({ t: 'ok', id, out: 1 });
    await expect(running.told).resolves.toEqual({ answered: 1 });
  });

  it('K6: when retired, hangs up after the last answer', async () => {
    const link = open();
    const peer = await accept();
    const running = send(link);
    const { id } = await peer.next();
    link.retire();
    peer.send({ t: 'ok', id, out: 1 });
    await running.told;
    await peer.closed;
    expect(link.state).toBe('gone');
  });

  it('puts an answer together that comes in pieces, whatever comes behind it', async () => {
    const link = open();
    const peer = await accept();
    const [long, short] = [send(link), send(link)];
    const [first, second] = [await peer.next(), await peer.next()];
    const out = '🍵é'.repeat(100_000);
    const bytes = Buffer.from(
      `${JSON.stringify({ t: 'ok', id: first['id'], out })}\n${JSON.stringify({ t: 'ok', id: second['id'], out: 'é' })}\n`,
    );
    for (let at = 0; at < bytes.length; at += 7_919) {
      const piece = bytes.subarray(at, at + 7_919);
      await new Promise((resolve) => peer.socket.write(piece, resolve));
    }
    await expect(long.told).resolves.toEqual({ answered: out });
    await expect(short.told).resolves.toEqual({ answered: 'é' });
  });

  it('fails a call whose input cannot be sent, and nothing else', async () => {
    const link = open();
    await expect(send(link, { input: 1n }).told).resolves.toMatchObject({
      failed: { code: 'invalid_input' },
    });
    await expect(send(link, { input: 'x'.repeat(2 ** 20) }).told).resolves.toMatchObject({
      failed: { code: 'invalid_input' },
    });
    expect(link.inFlight).toBe(0);
  });
});

describe('a process whose event loop stood still', () => {
  it('N3: drops connections with unread frames and executes none of them', async () => {
    let skippedMs = 0;
    const clock = (): number => performance.now() + skippedMs;
    const pulse = new Pulse({ standStillMs: 60_000, everyMs: 60_000, clock });
    const served: CallFrame[] = [];
    const server = new RpcServer({
      identity: { instance: 'echo-0', nonce: NONCE, ...shared },
      token: TEST_TOKEN,
      pulse,
      inbound: {
        serve(call, respond) {
          served.push(call);
          respond({ kind: 'answer', output: 1 });
          return { cancel: () => {}, abandon: () => {} };
        },
      },
    });
    const link = open({}, endpoint({ rpc: await server.listen() }));
    await expect(send(link).told).resolves.toEqual({ answered: 1 });
    const raw = {
      t: 'call',
      id: 1,
      op: 'echo.say',
      root: '7'.repeat(16),
      epoch: 1,
      at: steadyNow() + 5_000,
      trace: '',
    };
    const peer = await FakePeer.connect(link.endpoint.rpc);
    peer.send({
      t: 'hello',
      token: TEST_TOKEN,
      probe: false,
      now: steadyNow(),
      instance: 'x',
      nonce: '8'.repeat(16),
      ...shared,
    });
    expect(await peer.next()).toMatchObject({ t: 'welcome' });
    peer.send(raw);
    skippedMs = 120_000;
    await peer.closed;
    expect(served).toHaveLength(1);
    expect(server.refused()).toEqual({ stood_still: 1 });
    await server.close(50);
    pulse.close();
  });
});

describe('fault points', () => {
  it.each([
    ['link.write', { lost: true }],
    ['link.connect', { refused: 'not_sent' }],
  ])('%s=fail costs the connection, not the process', async (point, told) => {
    if (point === 'link.write') {
      const link = open();
      await accept();
      await becomes('ready');
      armFaults(`${point}=fail`, 'x');
      await expect(send(link).told).resolves.toEqual(told);
    } else {
      armFaults(`${point}=fail`, 'x');
      await expect(send(open()).told).resolves.toEqual(told);
    }
  });

  it('link.write and link.read delays keep the order', async () => {
    const link = open();
    const peer = await accept();
    await becomes('ready');
    armFaults('link.*=delay:5', 'x');
    const calls = [1, 2, 3].map((input) => send(link, { input }));
    for (let call = 0; call < 3; call += 1) {
      const got = await peer.next();
      peer.send({ t: 'ok', id: got['id'], out: got['in'] });
    }
    await expect(Promise.all(calls.map(({ told }) => told))).resolves.toEqual(
      [1, 2, 3].map((answered) => ({ answered })),
    );
  });
});
