import { expect, it } from 'vitest';
import { loose, eachTestHasScene, tight, type Scene } from './scene.ts';

let scene: Scene;
eachTestHasScene((made) => (scene = made));

it('reads before it admits: a switch that went on without it is not missed', async () => {
  const { agent, runtime, link, told } = scene.host('shop-0');
  await agent.start();
  await scene.switchTo(tight);
  await scene.settle();
  expect(agent.beforeAdmit()).toBeUndefined();
  link.hints = false;
  scene.stop(10_000);
  const epoch = await scene.propose(loose);
  const { committed } = await scene.control.readState();
  expect(await scene.control.commit(scene.token, committed, epoch)).toEqual({ outcome: 'committed' });
  expect(runtime.current).toBe(committed);
  link.calls.length = 0;
  const wait = agent.beforeAdmit();
  expect(wait).toBeInstanceOf(Promise);
  expect(agent.beforeAdmit()).toBe(wait);
  await wait;
  expect(runtime.current).toBe(epoch);
  expect(link.calls.slice(0, 2)).toEqual(['renewLease', 'readState']);
  expect(link.calls.filter((call) => call === 'readState')).toHaveLength(1);
  expect(agent.beforeAdmit()).toBeUndefined();
  await scene.pass(250);
  expect(told).toEqual(['stood still']);
});

it('a read from before the stand-still does not count as one', async () => {
  const { agent, runtime, link } = scene.host('shop-0');
  await agent.start();
  const first = await scene.switchTo(tight);
  await scene.settle();
  link.hints = false;
  link.delayMs = 100;
  link.calls.length = 0;
  while (!link.calls.includes('readState')) await scene.pass(10);
  await scene.pass(60);
  scene.stop(10_000);
  const epoch = await scene.propose(loose);
  await scene.control.commit(scene.token, first, epoch);
  let admittedUnder: number | undefined;
  void agent.beforeAdmit()?.then(() => {
    admittedUnder = runtime.current;
  });
  await scene.pass(400);
  expect(admittedUnder).toBe(epoch);
});

it.each(['cut', 'silent'] as const)(
  'waits for a %s store 500 ms at most, once, then serves with what it holds',
  async (state) => {
    const { agent, runtime, link } = scene.host('shop-0');
    await agent.start();
    const epoch = await scene.switchTo(tight);
    await scene.pass(250);
    link.state = state;
    scene.stop(10_000);
    let admitted = false;
    void agent.beforeAdmit()?.then(() => {
      admitted = true;
    });
    await scene.pass(500);
    expect(admitted).toBe(true);
    expect(runtime.current).toBe(epoch);
    await scene.pass(250);
    expect(agent.beforeAdmit()).toBeUndefined();
  },
);

it('asks anew after a second stand-still, though the store was away before it', async () => {
  const { agent, link } = scene.host('shop-0');
  await agent.start();
  await scene.switchTo(tight);
  link.state = 'cut';
  await scene.pass(10_000);
  expect(agent.beforeAdmit()).toBeUndefined();
  link.state = 'up';
  scene.stop(5_000);
  const wait = agent.beforeAdmit();
  expect(wait).toBeInstanceOf(Promise);
  await wait;
});

it('asks anew after a stand-still, too, when a timer comes before the first request (K2)', async () => {
  const { agent, runtime, link } = scene.host('shop-0');
  await agent.start();
  const first = await scene.switchTo(tight);
  link.state = 'cut';
  await scene.pass(10_000);
  link.state = 'up';
  link.hints = false;
  link.delayMs = 100;
  scene.stop(5_000);
  const epoch = await scene.propose(loose);
  expect(await scene.control.commit(scene.token, first, epoch)).toEqual({ outcome: 'committed' });
  link.calls.length = 0;
  while (!link.calls.includes('readState')) await scene.pass(10);
  let admittedUnder: number | undefined;
  void Promise.resolve(agent.beforeAdmit()).then(() => {
    admittedUnder = runtime.current;
  });
  await scene.pass(400);
  expect(admittedUnder).toBe(epoch);
});
