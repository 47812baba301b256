import { expect, it, vi } from 'vitest';
import { loose, eachTestHasScene, tight, type Scene } from './scene.ts';

let scene: Scene;
eachTestHasScene((made) => (scene = made));

it('a newcomer holds the live and the prepared epoch before anybody calls it, and takes calls when it is ready', async () => {
  const first = await scene.switchTo(tight);
  const second = await scene.switchTo(loose);
  const prepared = await scene.propose(tight);
  const { agent, runtime, lease } = scene.host('shop-0');
  await agent.start();
  await scene.settle();
  expect(runtime.held()).toEqual([first, second, prepared]);
  expect(runtime.current).toBe(second);
  expect(await lease()).toMatchObject({ health: 'starting', acked: [first, second, prepared], live: true });
  await agent.ready();
  expect(await lease()).toMatchObject({ health: 'ready' });
});

it('renews its lease without a free file descriptor, which telling its memory takes', async () => {
  const { agent, lease } = scene.host('cart-0');
  await agent.start();
  const rss = vi.spyOn(process.memoryUsage, 'rss').mockImplementation(() => {
    throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
  });
  await agent.ready().finally(() => rss.mockRestore());
  const { health, rssMb = 0 } = (await lease()) ?? {};
  expect(health).toBe('ready');
  expect(rssMb).toBeGreaterThan(1);
});

it('acks a prepared epoch at once, without a timer', async () => {
  const { agent, lease } = scene.host('cart-0');
  await agent.start();
  const epoch = await scene.propose(tight);
  await scene.settle();
  expect((await lease())?.acked).toEqual([epoch]);
  expect(await scene.control.commit(scene.token, 0, epoch)).toEqual({ outcome: 'committed' });
});

it('acks a prepared epoch only when the runtime is ready for it, and goes on following meanwhile', async () => {
  const { agent, runtime, lease } = scene.host('shop-0');
  await agent.start();
  const first = await scene.switchTo(tight);
  await scene.settle();
  const ready = Promise.withResolvers<void>();
  const asked: number[] = [];
  runtime.getReady = (epoch) => {
    asked.push(epoch);
    return ready.promise;
  };
  const second = await scene.propose(loose);
  await scene.settle();
  expect((await lease())?.acked).toEqual([first]);
  ready.resolve();
  await scene.settle();
  expect((await lease())?.acked).toEqual([first, second]);
  expect(asked).toEqual([second]);
});

it('acks no prepared epoch that it has only read for a call, such as its own warm-up makes, and acks it at once when ready', async () => {
  const { agent, runtime, lease } = scene.host('cart-0');
  await agent.start();
  const first = await scene.switchTo(tight);
  await scene.settle();
  const ready = Promise.withResolvers<void>();
  runtime.getReady = (epoch) => {
    runtime.install({ epoch, layout: loose });
    return ready.promise;
  };
  const second = await scene.propose(loose);
  await scene.pass(2_000);
  expect((await lease())?.acked).toEqual([first]);
  ready.resolve();
  await scene.settle();
  expect((await lease())?.acked).toEqual([first, second]);
});

it('holds an epoch that is in force at once, ready or not', async () => {
  const first = await scene.switchTo(tight);
  const { agent, runtime } = scene.host('shop-0');
  runtime.getReady = () => Promise.withResolvers<void>().promise;
  await agent.start();
  await scene.settle();
  expect(runtime.current).toBe(first);
});

it('after a commit closes the old epoch at once, then tells at once when its last root has ended', async () => {
  const { agent, runtime, lease } = scene.host('shop-0');
  await agent.start();
  const first = await scene.switchTo(tight);
  await scene.settle();
  const endOne = runtime.beginRoot();
  const endTwo = runtime.beginRoot();
  const second = await scene.switchTo(loose);
  await scene.settle();
  expect(await lease()).toMatchObject({ closedThrough: first, roots: { [first]: 2 } });
  expect(second - 1).toBe(first);
  endOne();
  endTwo();
  await scene.settle();
  expect((await lease())?.roots).toEqual({});
  expect(runtime.history).toEqual([
    `install ${first}`,
    `current ${first}`,
    `install ${second}`,
    `current ${second}`,
  ]);
});

it('never says that an epoch is closed which it still admits under', async () => {
  const { agent, runtime, lease } = scene.host('shop-0');
  await agent.start();
  await scene.switchTo(tight);
  for (let i = 0; i < 4; i += 1) {
    const epoch = await scene.propose(loose);
    await scene.settle();
    expect((await lease())?.acked).toContain(epoch); // it holds that, too
    expect((await lease())?.closedThrough).toBeLessThan(runtime.current ?? 0);
    await scene.control.withdraw(scene.token, epoch);
    await scene.switchTo(i % 2 ? tight : loose);
    await scene.pass(300);
    expect((await lease())?.closedThrough).toBeLessThan(runtime.current ?? 0);
  }
});

it('a service admits nothing, so it closes nothing', async () => {
  const { agent, lease } = scene.host('cart-0');
  await agent.start();
  await scene.switchTo(tight);
  await scene.settle();
  expect((await lease())?.closedThrough).toBeNull();
});

it('tells at once only what somebody waits for: a service that it holds an epoch, not whose turn it is (F8)', async () => {
  const { agent, runtime, lease, link } = scene.host('cart-0');
  await agent.start();
  const first = await scene.switchTo(tight);
  await scene.settle();
  const renewed = vi.spyOn(link.store, 'renewLease');
  const second = await scene.propose(loose);
  await scene.settle();
  expect(renewed).toHaveBeenCalledTimes(1);
  await scene.control.commit(scene.token, first, second);
  await scene.pass(120);
  expect(runtime.current).toBe(second);
  await scene.control.markDrained(scene.token, first);
  await scene.pass(250);
  expect(runtime.held()).toEqual([second]);
  expect(renewed).toHaveBeenCalledTimes(1);
  await scene.pass(500);
  expect((await lease())?.acked).toEqual([second]);
});

it('reports what it counts while an epoch is on trial, and wakes for nothing afterwards', async () => {
  const { agent, link } = scene.host('shop-0');
  const reported = vi.spyOn(link.store, 'reportTally');
  await agent.start();
  await scene.pass(2_000);
  expect(reported).not.toHaveBeenCalled();
  const epoch = await scene.switchTo(tight, ['cart']);
  await scene.pass(2_000);
  expect(reported.mock.calls.length).toBeGreaterThan(2);
  const timers = vi.getTimerCount();
  await scene.control.endTrial(scene.token, epoch);
  await scene.pass(500);
  reported.mockClear();
  expect(vi.getTimerCount()).toBe(timers - 1);
  await scene.pass(5_000);
  expect(reported).not.toHaveBeenCalled();
});

it('forgets a drained epoch, and keeps one with open roots (E2)', async () => {
  const { agent, runtime } = scene.host('shop-0');
  await agent.start();
  const first = await scene.switchTo(tight);
  await scene.settle();
  const end = runtime.beginRoot();
  const second = await scene.switchTo(loose);
  await scene.control.markDrained(scene.token, first);
  await scene.pass(500);
  expect(runtime.held()).toEqual([first, second]);
  end();
  await scene.pass(300);
  expect(runtime.held()).toEqual([second]);
});

it('does not ack a layout that it cannot hold, and follows on', async () => {
  const { agent, runtime, lease } = scene.host('shop-0');
  await agent.start();
  const first = await scene.switchTo(tight);
  runtime.refuses = first + 1;
  await scene.propose(loose);
  await scene.pass(600);
  expect((await lease())?.acked).toEqual([first]);
  expect(runtime.current).toBe(first);
  await scene.control.withdraw(scene.token, first + 1);
  expect(await scene.switchTo(tight)).toBe(first + 2);
});

it('keeps an epoch that a call has brought before its own read did', async () => {
  const { agent, runtime } = scene.host('cart-0');
  await agent.start();
  const epoch = await scene.switchTo(tight);
  runtime.install({ epoch: epoch + 1, layout: loose });
  await scene.pass(1_000);
  expect(runtime.held()).toEqual([epoch, epoch + 1]);
});

it('hands exits on to the runtime', async () => {
  const { agent, runtime } = scene.host('shop-0');
  await agent.start();
  await scene.control.recordExit(scene.token, { instance: 'cart-0', nonce: 'x', cause: 'abort' });
  await scene.settle();
  expect(runtime.exits).toMatchObject([{ nonce: 'x', cause: 'abort' }]);
});
