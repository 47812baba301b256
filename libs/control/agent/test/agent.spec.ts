import { describe, expect, it, vi } from 'vitest';
import { loose, eachTestHasScene, tight, type Scene } from './scene.ts';

let scene: Scene;
eachTestHasScene((made) => (scene = made));

describe('following the store', () => {
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
      await scene.propose(loose).then((epoch) => scene.control.withdraw(scene.token, epoch));
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
});

describe('with a bad link', () => {
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
});

describe('F6: the counts of a trial', () => {
  it.each(['between two reads', 'during a read'])('begin anew when the store was away %s', async (when) => {
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
  });
});

describe('after a stand-still', () => {
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
});

describe('the lease', () => {
  it('is renewed twice a second', async () => {
    const { agent, link } = scene.host('shop-0');
    await agent.start();
    link.calls.length = 0;
    await scene.pass(10_000);
    expect(link.calls.filter((call) => call === 'renewLease')).toHaveLength(20);
  });

  it('is not asked for again while a silent store owes the answer', async () => {
    const { agent, link } = scene.host('shop-0');
    await agent.start();
    await scene.pass(500);
    link.state = 'silent';
    link.calls.length = 0;
    await scene.pass(10_000);
    expect(link.calls.sort()).toEqual(['readState', 'renewLease']);
  });

  it('says that the host is leaving, is kept while it drains, and is given back at the end', async () => {
    const { agent, lease } = scene.host('shop-0');
    await agent.start();
    await agent.ready();
    await agent.leave();
    expect(await lease()).toMatchObject({ health: 'leaving' });
    await scene.pass(10_000);
    expect(await lease()).toMatchObject({ health: 'leaving', live: true });
    await agent.close();
    expect(await lease()).toBeUndefined();
    await scene.pass(5_000);
    expect(await lease()).toBeUndefined();
  });

  it('is not waited for at the end when the store is silent', async () => {
    const { agent, link } = scene.host('shop-0');
    await agent.start();
    link.state = 'silent';
    const closed = agent.close();
    await scene.pass(500);
    await closed;
  });

  it('of a fenced process is never written again; the host is told once', async () => {
    const { agent, link, told } = scene.host('shop-0');
    await agent.start();
    await scene.control.fence(scene.token, 'shop-0', 'shop-0-nonce');
    await scene.pass(600);
    expect(told).toEqual(['fenced']);
    link.calls.length = 0;
    await scene.pass(5_000);
    expect(link.calls).not.toContain('renewLease');
    expect(told).toEqual(['fenced']);
  });
});
