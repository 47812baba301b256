/** Fencing (ADR 8): which requests to stop a host obeys. */
import { LEASE_MS, type HostEntry } from '@atlas/control-store';
import { describe, expect, it } from 'vitest';
import { contradiction } from '../src/stop-order.ts';
import { eachTestHasScene, tight, type Scene } from './scene.ts';

describe('a request to stop', () => {
  let scene: Scene;
  eachTestHasScene((made) => (scene = made));

  const record = (instance: string, more: Partial<HostEntry> = {}, token = scene.token): Promise<void> =>
    scene.control.recordHost(
      token,
      {
        ...{ instance, nonce: `${instance}-nonce`, app: instance.replace(/-\d+$/, '') },
        ...{ pid: 1, pidStartedAt: 's', createdAt: 1, purpose: more.purpose ?? 'serving' },
        ...(more.stopOrder == null ? {} : { stopOrder: more.stopOrder }),
      },
      1,
    );
  const service = (instance: string) => scene.host(instance, { kind: 'service', modules: ['cart'] });

  /** shop-0 is told to stop, shop-1 could do its work. */
  const oneOfTwo = async () => {
    await record('shop-0', { stopOrder: scene.token });
    await record('shop-1');
    const [own, other] = [scene.host('shop-0'), scene.host('shop-1')];
    for (const { agent } of [other, own]) {
      await agent.start();
      await agent.ready();
    }
    await scene.switchTo(tight);
    return { ...own, other };
  };

  it('is obeyed when nobody keeps books of the host: whoever runs it may end it', async () => {
    const { agent, told } = service('cart-0');
    await agent.start();
    agent.askToStop();
    expect(told).toEqual(['told to stop']);
  });

  it('is obeyed when the leader of now has ordered it', async () => {
    await record('cart-0', { stopOrder: scene.token });
    const { agent, told } = service('cart-0');
    await agent.start();
    await scene.pass(1_000);
    expect(told).toEqual([]); // the books alone stop nobody: the signal says when
    agent.askToStop();
    await scene.settle();
    expect(told).toEqual(['told to stop']);
  });

  it('is refused when nobody has ordered it, and the host goes on', async () => {
    await record('cart-0');
    const { agent, told, lease } = service('cart-0');
    await agent.start();
    await agent.ready();
    agent.askToStop();
    await scene.pass(5_000);
    expect(told).toEqual([]);
    expect(await lease()).toMatchObject({ health: 'ready', live: true });
  });

  it('is refused when the one who ordered it leads no more, until a leader orders it anew', async () => {
    await record('cart-0', { stopOrder: scene.token });
    const { agent, told } = service('cart-0');
    await agent.start();
    await scene.control.acquireLeadership('switcher', 0, scene.token);
    const next = (await scene.control.acquireLeadership('another', 60_000))?.token ?? 0;
    agent.askToStop();
    await scene.pass(1_000);
    expect(told).toEqual([]);
    await record('cart-0', { stopOrder: next }, next);
    agent.askToStop();
    await scene.settle();
    expect(told).toEqual(['told to stop']);
  });

  const mine = ['serving', 'reserve'] as const;
  it.each(mine)('is refused while a live layout has no other host to do the work (%s)', async (purpose) => {
    await record('shop-0', { stopOrder: scene.token, purpose });
    const { agent, told } = scene.host('shop-0');
    await agent.start();
    await scene.switchTo(tight);
    agent.askToStop();
    await scene.pass(1_000);
    expect(told).toEqual([]);
    await record('shop-1', { purpose: 'reserve' });
    agent.askToStop();
    await scene.pass(1_000);
    expect(told).toEqual([]);
    await record('shop-1');
    const other = scene.host('shop-1');
    await other.agent.start();
    agent.askToStop();
    await scene.pass(1_000);
    expect(told).toEqual([]); // it was started in place of one that the order counted on
    await other.agent.ready();
    agent.askToStop();
    await scene.settle();
    expect(told).toEqual(['told to stop']);
  });

  it('is refused when the other host that could do the work leaves by itself: whoever gave the order may not have known', async () => {
    const { agent, told, lease, other } = await oneOfTwo();
    const left = other.agent.leave();
    await scene.settle();
    agent.askToStop();
    await scene.pass(1_000);
    expect(told).toEqual([]);
    expect(await lease()).toMatchObject({ health: 'ready' });
    await left;
  });

  it('is refused while the other host that could do the work is silent', async () => {
    const { agent, told, other } = await oneOfTwo();
    other.link.state = 'cut';
    await scene.pass(LEASE_MS + 1_000);
    agent.askToStop();
    await scene.pass(1_000);
    expect(told).toEqual([]);
    other.link.state = 'up';
    await scene.pass(1_000);
    agent.askToStop();
    await scene.settle();
    expect(told).toEqual(['told to stop']);
  });

  it('is refused when the other hosts that could do the work are known to have ended, or to be fenced, though they stand in the books', async () => {
    await record('shop-0', { stopOrder: scene.token });
    const { agent, told } = scene.host('shop-0');
    await agent.start();
    const self = { instance: 'shop-0', nonce: 'shop-0-nonce', kind: 'bundle', modules: [] } as const;
    for (const instance of ['shop-1', 'shop-2']) {
      await record(instance);
      const other = scene.host(instance);
      await other.agent.start();
      await other.agent.ready();
    }
    await scene.switchTo(tight);
    const { leases } = await scene.control.readState();
    expect(contradiction(self, await scene.control.readState(), [tight])).toBeNull();
    const exit = { instance: 'shop-1', nonce: 'shop-1-nonce', cause: 'signal' } as const;
    await scene.control.recordExit(scene.token, exit);
    await scene.control.fence(scene.token, 'shop-2', 'shop-2-nonce');
    agent.askToStop();
    await scene.pass(1_000);
    expect(told).not.toContain('told to stop');
    // A renewal that was under way may bring the row of a lease back.
    const after = { ...(await scene.control.readState()), leases };
    expect(contradiction(self, after, [tight])).toMatch(/no other host/);
  });

  it('waits for the answer of the store, however long that takes', async () => {
    await record('cart-0', { stopOrder: scene.token });
    const { agent, told, link } = service('cart-0');
    await agent.start();
    link.state = 'cut';
    agent.askToStop();
    await scene.pass(10_000);
    expect(told).toEqual([]);
    link.state = 'up';
    await scene.pass(500);
    expect(told).toEqual(['told to stop']);
  });

  it('waits for the first read of a host that is about to read', async () => {
    await record('cart-0');
    const { agent, told, link } = service('cart-0');
    link.delayMs = 40;
    const started = agent.start();
    agent.askToStop();
    await scene.pass(1_000);
    await started;
    expect(told).toEqual([]); // nobody has ordered it
    await record('cart-0', { stopOrder: scene.token });
    agent.askToStop();
    await scene.pass(1_000);
    expect(told).toEqual(['told to stop']);
  });

  it.each(['not begun yet', 'under way'])('is obeyed when the first read is %s and fails', async (when) => {
    const { agent, told, link } = service('cart-0');
    link.state = 'cut';
    const started = when === 'under way' ? agent.start() : undefined;
    agent.askToStop();
    await scene.settle();
    expect(told).toEqual(['told to stop']);
    const closed = agent.close();
    await scene.pass(1_000);
    await Promise.all([started, closed]);
  });

  it('is judged by a read that begins after it', async () => {
    await record('cart-0');
    const { agent, told, link } = service('cart-0');
    await agent.start();
    link.delayMs = 300;
    await scene.pass(450); // a read is under way that has seen no order
    await record('cart-0', { stopOrder: scene.token });
    agent.askToStop();
    await scene.pass(2_000);
    expect(told).toEqual(['told to stop']);
  });
});

describe('a fenced nonce', () => {
  let scene: Scene;
  eachTestHasScene((made) => (scene = made));

  it('is refused by every host from its next read on, as is one that is known to have ended', async () => {
    const { agent, told } = scene.host('shop-0');
    await agent.start();
    expect(agent.refuses('x')).toBe(false);
    await scene.control.fence(scene.token, 'cart-0', 'x');
    await scene.pass(300);
    expect([agent.refuses('x'), agent.refuses('y'), told]).toEqual([true, false, ['refuses']]);
    await scene.control.recordExit(scene.token, { instance: 'cart-1', nonce: 'y', cause: 'exit' });
    await scene.pass(300);
    expect([agent.refuses('y'), told]).toEqual([true, ['refuses', 'refuses']]);
  });
});
