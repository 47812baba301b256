/** What the listener does with the calls of those that it has let in. */
import { connect } from 'node:net';
import { steadyNow, type Inbound, type Reply } from '@atlas/coupling-runtime';
import { describe, expect, it } from 'vitest';
import { callFrame, HELLO } from './hostile-bytes.ts';
import { eachTestListens } from './listener-scene.ts';

const { at, listen, peerOf, greeted } = eachTestListens();

/** Their clocks were set between the starts of the two processes. */
it.each([3_600_000, -3_600_000])('a peer whose clock is off by %i ms is given its own time', async (off) => {
  const peer = await peerOf(await listen());
  peer.send({ ...HELLO, now: steadyNow() + off });
  expect(await peer.next()).toMatchObject({ t: 'welcome' });
  peer.send({ ...callFrame(1), at: steadyNow() + off + 5_000 });
  expect(await peer.next()).toMatchObject({ t: 'ok', id: 1 });
  const left = (at.served[0]?.deadlineAt ?? 0) - steadyNow();
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(10_000);
});

describe('the listener', () => {
  it('puts frames together that arrive byte by byte', async () => {
    const peer = await peerOf(await listen());
    const text = `${JSON.stringify(HELLO)}\n`;
    peer.socket.setNoDelay(true);
    for (const character of text) peer.send(character);
    expect(await peer.next()).toMatchObject({ t: 'welcome' });
    const bytes = Buffer.from(`${JSON.stringify(callFrame(2, '€'))}\n`);
    for (const byte of bytes) peer.socket.write(Buffer.of(byte));
    expect(await peer.next()).toMatchObject({ t: 'ok', out: '€' });
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
    expect(at.server.inFlight).toBe(4);
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
    while (at.server.inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(told.sort()).toEqual(['abandon 1', 'abandon 2', 'begun', 'begun']);
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
    slow.write(`${JSON.stringify(HELLO)}\n`);
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
