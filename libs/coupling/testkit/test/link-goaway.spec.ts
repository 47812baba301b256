import { describe, expect, it } from 'vitest';
import { eachTestHasAListener, send, welcome } from './link-scene.ts';

const { at, open, becomes, accept } = eachTestHasAListener();

describe('a link', () => {
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
    expect(at.states).toEqual(['ready', 'gone']);
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
    await expect(running.told).resolves.toEqual({ answered: 1 });
    await peer.closed;
    expect(link.state).toBe('gone');
  });
});
