import { platformWire } from '@atlas/coupling-runtime';
import { describe, expect, it } from 'vitest';
import { eachTestHasAListener, send } from './link-scene.ts';

const { open, becomes, accept } = eachTestHasAListener();

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
