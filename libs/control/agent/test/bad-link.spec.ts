import { expect, it } from 'vitest';
import { loose, eachTestHasScene, tight, type Scene } from './scene.ts';

let scene: Scene;
eachTestHasScene((made) => (scene = made));

it('does everything by polling when all hints are lost', async () => {
  const { agent, runtime, link, lease } = scene.host('shop-0');
  link.hints = false;
  await agent.start();
  const epoch = await scene.propose(tight);
  await scene.settle();
  expect((await lease())?.acked).toEqual([]);
  await scene.pass(250);
  expect((await lease())?.acked).toEqual([epoch]);
  await scene.control.commit(scene.token, 0, epoch);
  await scene.pass(250);
  expect(runtime.current).toBe(epoch);
  expect((await lease())?.closedThrough).toBe(epoch - 1);
});

it('with 300 ms on every call it keeps its lease, switches, drains, and never reads twice at once', async () => {
  const { agent, runtime, link, lease } = scene.host('shop-0');
  link.delayMs = 300;
  const started = agent.start();
  await scene.pass(1_000);
  await started;
  const first = await scene.switchTo(tight);
  await scene.pass(1_000);
  const end = runtime.beginRoot();
  const second = await scene.switchTo(loose);
  await scene.pass(2_000);
  expect(await lease()).toMatchObject({ live: true, closedThrough: first, roots: { [first]: 1 } });
  end();
  await scene.pass(301);
  expect((await lease())?.roots).toEqual({});
  expect(runtime.current).toBe(second);
  await scene.pass(20_000);
  expect((await lease())?.live).toBe(true);
  expect(link.mostReads).toBe(1);
});

it.each(['cut', 'silent'] as const)(
  'serves on unchanged while the store is %s for 60 s (E5)',
  async (state) => {
    const { agent, runtime, link, told } = scene.host('shop-0');
    await scene.neighbour('cart-0');
    await agent.start();
    const epoch = await scene.switchTo(loose);
    await scene.settle();
    const history = [...runtime.history];
    link.state = state;
    let waits = 0;
    for (let ms = 0; ms < 60_000; ms += 100) {
      await scene.pass(100);
      const wait = agent.beforeAdmit();
      if (wait === undefined) continue;
      waits += 1;
      await Promise.all([wait, scene.pass(500)]);
    }
    expect(waits).toBeLessThanOrEqual(1);
    expect(runtime.current).toBe(epoch);
    expect(runtime.history).toEqual(history);
    expect(runtime.reachable).toEqual(['cart-0']);
    expect(agent.status().storeReachable).toBe(false);
    expect(told).toEqual([]);
  },
);

it('comes back by itself when the store does', async () => {
  const { agent, runtime, link, lease } = scene.host('shop-0');
  await agent.start();
  await scene.switchTo(tight);
  link.state = 'cut';
  await scene.pass(10_000);
  expect((await lease())?.live).toBe(false);
  const epoch = await scene.switchTo(loose);
  link.state = 'up';
  await scene.pass(750);
  expect(runtime.current).toBe(epoch);
  expect(await lease()).toMatchObject({ live: true, closedThrough: epoch - 1 });
  expect(agent.status()).toMatchObject({ storeReachable: true, epoch });
});

it('starts as soon as a store that is away at first answers', async () => {
  const { agent, link, lease } = scene.host('shop-0');
  link.state = 'cut';
  const started = agent.start();
  await scene.pass(5_000);
  link.state = 'up';
  await scene.pass(500);
  await started;
  expect((await lease())?.live).toBe(true);
});

it.each(['between two reads', 'during a read'])(
  'F6: the counts of a trial begin anew when the store was away %s',
  async (when) => {
    const { agent, runtime, link } = scene.host('shop-0');
    await agent.start();
    const epoch = await scene.switchTo(tight, ['cart']);
    await scene.settle();
    runtime.calls = 7;
    if (when === 'between two reads') link.cutShortly();
    else {
      link.state = 'cut';
      await scene.pass(1_000);
      link.state = 'up';
      await scene.pass(1_000);
    }
    await scene.settle();
    expect([runtime.trial?.epoch, runtime.calls]).toEqual([epoch, 0]);
  },
);
