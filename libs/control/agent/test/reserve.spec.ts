/** A bundle in reserve: warm, and accepting nobody until the books say so. */
import type { HostRecord } from '@atlas/control-store';
import { describe, expect, it } from 'vitest';
import { eachTestHasScene, tight, type Scene } from './scene.ts';

describe('a bundle that the books have in reserve', () => {
  let scene: Scene;
  eachTestHasScene((made) => (scene = made));

  const record = (purpose: HostRecord['purpose']): Promise<void> =>
    scene.control.recordHost(
      scene.token,
      {
        ...{ instance: 'shop-1', nonce: 'shop-1-nonce', app: 'shop' },
        ...{ pid: 1, pidStartedAt: 's', createdAt: 1, purpose },
      },
      1,
    );

  async function waiting() {
    await record('reserve');
    const host = scene.host('shop-1');
    await host.agent.start();
    const told = { opened: false };
    void host.agent.opened().then(() => (told.opened = true));
    await scene.pass(2_000);
    expect(told.opened).toBe(false);
    return { ...host, told };
  }

  it('says so, and holds every layout as others do, until they have it there no more', async () => {
    const { lease, told } = await waiting();
    const epoch = await scene.switchTo(tight);
    await scene.pass(1_000);
    expect(await lease()).toMatchObject({ health: 'reserve', acked: [epoch], closedThrough: epoch - 1 });
    expect(told.opened).toBe(false);
    await record('serving');
    await scene.settle(); // a hint: nobody waits for the next poll
    expect(told.opened).toBe(true);
  });

  it('hears of it by its next poll when no hint came', async () => {
    const { link, told } = await waiting();
    link.state = 'cut';
    await record('serving');
    await scene.pass(5_000);
    expect(told.opened).toBe(false);
    link.state = 'up';
    await scene.pass(500);
    expect(told.opened).toBe(true);
  });

  it('waits no more once it leaves', async () => {
    const { agent, lease, told } = await waiting();
    await agent.leave();
    await scene.settle();
    expect(told.opened).toBe(true);
    expect(await lease()).toMatchObject({ health: 'leaving' });
  });

  it('and any other opens at once', async () => {
    await record('serving');
    const { agent, lease } = scene.host('shop-1');
    await agent.start();
    await agent.opened();
    expect(await lease()).toMatchObject({ health: 'starting' });
  });
});
