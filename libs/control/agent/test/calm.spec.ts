import { beforeEach, describe, expect, it } from 'vitest';
import { eachTestHasScene, loose, tight, type Scene, type TestHost } from './scene.ts';

const reads = ({ link }: TestHost): number => link.calls.filter((call) => call === 'readState').length;
const renewals = ({ link }: TestHost): number => link.calls.filter((call) => call === 'renewLease').length;

describe('while nothing changes', () => {
  let scene: Scene;
  let shop: TestHost;
  eachTestHasScene((made) => (scene = made));
  beforeEach(async () => {
    shop = scene.host('shop-0');
    await shop.agent.start();
    await scene.switchTo(tight);
    await scene.pass(2_000);
    shop.link.calls.length = 0;
  });

  it('a host renews its lease twice a second, and reads each 5 s', async () => {
    await scene.pass(60_000);
    expect(renewals(shop)).toBe(120);
    expect(reads(shop)).toBeGreaterThanOrEqual(11);
    expect(reads(shop)).toBeLessThanOrEqual(13);
  });

  it('a host to which no hint ever came polls each 250 ms', async () => {
    const deaf = scene.host('cart-0');
    deaf.link.hints = false;
    await deaf.agent.start();
    await scene.pass(2_000);
    deaf.link.calls.length = 0;
    await scene.pass(10_000);
    expect(reads(deaf)).toBe(40);
  });

  it('news whose hint was lost is read with the next renewal, and polls begin again until a hint comes', async () => {
    shop.link.hints = false;
    const epoch = await scene.propose(loose);
    await scene.pass(500);
    expect(shop.runtime.held()).toContain(epoch);
    await scene.control.withdraw(scene.token, epoch);
    await scene.pass(1_000);
    shop.link.calls.length = 0;
    await scene.pass(10_000);
    expect(reads(shop)).toBe(40);
    shop.link.hints = true;
    await scene.neighbour('cart-0');
    await scene.control.releaseLease('cart-0', 'cart-0-nonce');
    await scene.pass(1_000);
    shop.link.calls.length = 0;
    await scene.pass(10_000);
    expect(reads(shop)).toBeLessThanOrEqual(3);
  });

  it('polls go on while somebody has not renewed in time, so that it is judged as soon as ever', async () => {
    for (let passed = 0; passed < 5_000; passed += 500) {
      await scene.neighbour('cart-0');
      await scene.pass(500);
    }
    await scene.pass(2_250);
    expect(shop.runtime.reachable).toEqual(['cart-0']);
    await scene.pass(500);
    expect(shop.runtime.reachable).toEqual([]);
  });

  it('the end of a trial and of an old epoch, of which no hint tells, is seen within a poll', async () => {
    const second = await scene.switchTo(loose, ['cart']);
    await scene.pass(2_000);
    await scene.control.endTrial(scene.token, second);
    await scene.pass(250);
    expect(shop.runtime.trial).toBeNull();
    await scene.pass(2_000);
    await scene.control.markDrained(scene.token, second - 1);
    await scene.pass(250);
    expect(shop.runtime.held()).toEqual([second]);
  });

  it('counts as contact: who falls silent afterwards is judged without another lease time', async () => {
    for (let passed = 0; passed < 60_000; passed += 500) {
      await scene.neighbour('cart-0');
      await scene.pass(500);
    }
    await scene.pass(2_750);
    expect(shop.runtime.reachable).toEqual([]);
  });
});
