import type { HostRecord } from '@atlas/control-store';
import { describe, expect, it } from 'vitest';
import { loose, eachTestHasScene, tight, type Scene } from './scene.ts';

describe('a host that nobody wants', () => {
  let scene: Scene;
  eachTestHasScene((made) => (scene = made));

  const book = (instance: string, purpose: HostRecord['purpose'] = 'serving'): Promise<void> =>
    scene.control.recordHost(
      scene.token,
      {
        instance,
        nonce: `${instance}-nonce`,
        app: 'cart',
        pid: 1,
        pidStartedAt: '1',
        createdAt: 1,
        purpose,
      },
      1,
    );

  it('exits after 30 s: no live or prepared layout has its module as a service', async () => {
    const { agent, told } = scene.host('cart-0');
    await book('cart-0');
    await agent.start();
    await scene.switchTo(tight);
    await scene.pass(29_000);
    expect(told).toEqual([]);
    await scene.pass(2_000);
    expect(told).toEqual(['orphaned']);
    await scene.pass(60_000);
    expect(told).toEqual(['orphaned']);
  });

  it('exits after 30 s: the driver keeps books, but not of this process', async () => {
    const { agent, told } = scene.host('shop-0');
    await book('shop-1');
    await agent.start();
    await scene.pass(31_000);
    expect(told).toEqual(['orphaned']);
  });

  it.each(['keep_warm', 'spare'] as const)('stays when it is kept as %s', async (purpose) => {
    const { agent, told } = scene.host('cart-0');
    await book('cart-0', purpose);
    await agent.start();
    await scene.switchTo(tight);
    await scene.pass(60_000);
    expect(told).toEqual([]);
  });

  it('stays when a layout that is only prepared, or not yet drained, uses it', async () => {
    const { agent, told } = scene.host('cart-0');
    await book('cart-0');
    await agent.start();
    await scene.switchTo(loose);
    await scene.switchTo(tight);
    await scene.pass(60_000);
    expect(told).toEqual([]);
    await scene.control.markDrained(scene.token, 1);
    await scene.pass(20_000);
    await scene.propose(loose);
    await scene.pass(60_000);
    expect(told).toEqual([]);
  });

  it('stays under a driver that keeps no books', async () => {
    const { agent, told } = scene.host('cart-0');
    await agent.start();
    await scene.switchTo(tight);
    await scene.pass(60_000);
    expect(told).toEqual([]);
  });

  it('stays while the store cannot be read, however long, and counts anew afterwards', async () => {
    const { agent, told, link } = scene.host('cart-0');
    await book('cart-0');
    await agent.start();
    await scene.switchTo(tight);
    await scene.pass(20_000);
    link.state = 'cut';
    await scene.pass(120_000);
    link.state = 'up';
    await scene.pass(29_000);
    expect(told).toEqual([]);
    await scene.pass(2_000);
    expect(told).toEqual(['orphaned']);
  });
});
