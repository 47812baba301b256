import { steadyNow, type CallFrame } from '@atlas/coupling-runtime';
import { Pulse, RpcServer } from '@atlas/coupling-transport';
import { armFaults } from '@atlas/platform-fault';
import { describe, expect, it } from 'vitest';
import { FakeListener, FakePeer, TEST_TOKEN } from '../src/index.ts';
import { NONCE, eachTestHasAListener, send, shared, welcome } from './link-scene.ts';

const { at, endpoint, open, becomes, accept } = eachTestHasAListener();

describe('a link', () => {
  it('K4: refuses what was never written and loses what was in flight', async () => {
    const link = open({ maxInFlight: 1 });
    const inFlight = send(link);
    const queued = send(link);
    const peer = await accept();
    await peer.next();
    peer.reset();
    await expect(queued.told).resolves.toEqual({ refused: 'not_sent' });
    await expect(inFlight.told).resolves.toEqual({ lost: true });
    expect(at.states).toEqual(['ready', 'down']);
  });

  it('comes back by itself after a loss, when the nonce is the same', async () => {
    const link = open();
    (await accept()).reset();
    await becomes('down');
    const peer = await accept();
    const { told } = send(link);
    peer.send({ t: 'ok', id: (await peer.next())['id'], out: 'back' });
    await expect(told).resolves.toEqual({ answered: 'back' });
    expect(at.states).toEqual(['ready', 'down', 'ready']);
  });

  it('dials once, and not again before that has failed, when somebody calls at the news that it is down', async () => {
    const link = open({ connectTimeoutMs: 200 });
    const peer = await accept();
    await becomes('ready');
    at.onState = () => void send(link);
    peer.reset();
    await at.listener.accept(); // says no hello
    await at.listener.accept();
    expect(at.lostReasons.slice(1)).toEqual(['connect_failed']);
  });

  it('K5: takes another nonce at its address for a dead process', async () => {
    const link = open();
    const { told } = send(link);
    const peer = await at.listener.accept();
    await peer.next();
    peer.send({ ...welcome, nonce: '9'.repeat(16) });
    await expect(told).resolves.toEqual({ refused: 'not_sent' });
    expect(link.state).toBe('gone');
    expect(at.lostReasons).toEqual(['nonce_changed']);
    await expect(send(link).told).resolves.toEqual({ refused: 'not_sent' });
  });

  it('says why it was refused', async () => {
    open();
    const peer = await at.listener.accept();
    await peer.next();
    peer.send({ t: 'refused', reason: 'build_mismatch' });
    peer.socket.end();
    await becomes('down');
    expect(at.lostReasons).toEqual(['build_mismatch']);
  });

  it('refuses at once where nobody listens', async () => {
    const rpc = at.listener.rpc;
    await at.listener.close();
    const link = open({}, endpoint({ rpc }));
    await expect(send(link).told).resolves.toEqual({ refused: 'not_sent' });
    at.listener = await FakeListener.listen();
  });

  it('gives up a peer that accepts and never says hello', async () => {
    const link = open({ connectTimeoutMs: 40 });
    await expect(send(link).told).resolves.toEqual({ refused: 'not_sent' });
    expect(at.lostReasons).toEqual(['connect_failed']);
  });

  it('drops a peer that answers garbage, and the process is unharmed', async () => {
    const link = open();
    const { told } = send(link);
    const peer = await accept();
    await peer.next();
    peer.send('{"t":"ok","id":\n');
    await expect(told).resolves.toEqual({ lost: true });
    expect(at.lostReasons).toEqual(['malformed']);
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
