import { createAgent, type Agent } from '../src/index.ts';
import { createPostgresStore, type ControlStore, type HostStore } from '@atlas/control-store';
import {
  makeCouplingDatabase,
  startTcpProxy,
  type CouplingDatabase,
  type TcpProxy,
} from '@atlas/control-store/testing';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { FakeRuntime } from './fake-runtime.ts';
import { loose, tight } from './scene.ts';

/** Waits for what a host or the store will do; keeps the last failure. */
const eventually = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 10_000, interval: 25 });

describe('two bundles on a real store, one with 300 ms on its link', () => {
  let database: CouplingDatabase;
  let control: ControlStore;
  let token: number;
  const proxies: TcpProxy[] = [];
  const stores: HostStore[] = [];
  const agents: Agent[] = [];
  const runtimes: FakeRuntime[] = [];

  async function addBundle(instance: string, delayMs: number): Promise<void> {
    const proxy = await startTcpProxy(database.hostUrl);
    const nonce = `${instance}-nonce`;
    const store = createPostgresStore({
      url: proxy.url,
      role: 'host',
      applicationName: `${instance}:${nonce}`,
    });
    const runtime = new FakeRuntime();
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const agent = createAgent({
      store,
      runtime,
      log,
      host: {
        instance,
        nonce,
        kind: 'bundle',
        modules: ['cart'],
        rpc: '127.0.0.1:1',
        metricsUrl: null,
        build: 'b',
        contractHash: 'c',
        memoryLimitMb: 512,
      },
    });
    await agent.start();
    proxy.delay(delayMs);
    proxies.push(proxy);
    stores.push(store);
    agents.push(agent);
    runtimes.push(runtime);
  }

  async function switchTo(layout: typeof tight): Promise<number> {
    const { committed } = await control.readState();
    const epoch = (await control.propose(token, committed, layout))?.epoch ?? 0;
    await eventually(async () =>
      expect(await control.commit(token, committed, epoch)).toEqual({ outcome: 'committed' }),
    );
    return epoch;
  }

  /** Drained as the switcher sees it: all have closed it, none has a root of it. */
  async function drained(epoch: number): Promise<void> {
    await eventually(async () => {
      const { leases } = await control.readState();
      expect(leases).toHaveLength(2);
      for (const lease of leases) {
        expect(lease.closedThrough).toBeGreaterThanOrEqual(epoch);
        expect(lease.roots[epoch] ?? 0).toBe(0);
      }
    });
    await control.markDrained(token, epoch);
  }

  beforeAll(async () => {
    database = await makeCouplingDatabase(inject('postgresUrl'));
    control = createPostgresStore({ url: database.switcherUrl, role: 'control' });
    token = (await control.acquireLeadership('switcher', 600_000))?.token ?? 0;
    await addBundle('shop-0', 0);
    await addBundle('shop-1', 300);
  });
  afterAll(async () => {
    await Promise.all(agents.map((agent) => agent.close()));
    await Promise.all(stores.map((store) => store.close()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await control?.close();
    await database?.close();
  });

  it('switches, drains and forgets, with roots open across the switch', async () => {
    let epoch = await switchTo(tight);
    await eventually(() => expect(runtimes.map((runtime) => runtime.current)).toEqual([epoch, epoch]));
    for (const layout of [loose, tight]) {
      const ends = runtimes.map((runtime) => runtime.beginRoot());
      const next = await switchTo(layout);
      await eventually(() => expect(runtimes.map((runtime) => runtime.current)).toEqual([next, next]));
      expect((await control.readState()).liveEpochs).toEqual([epoch, next]);
      for (const end of ends) end();
      await drained(epoch);
      epoch = next;
    }
    await eventually(() => expect(runtimes.map((runtime) => runtime.held())).toEqual([[epoch], [epoch]]));
    expect((await control.readState()).leases.every((lease) => lease.live)).toBe(true);
  });

  it('serves on while all links are cut, and follows again when they are back', async () => {
    const before = runtimes.map((runtime) => runtime.current);
    for (const proxy of proxies) proxy.cut();
    await eventually(() =>
      expect(agents.map((agent) => agent.status().storeReachable)).toEqual([false, false]),
    );
    await eventually(async () =>
      expect((await control.readState()).leases.map((lease) => lease.live)).toEqual([false, false]),
    );
    expect(runtimes.map((runtime) => runtime.current)).toEqual(before);
    expect(runtimes.map((runtime) => runtime.reachable)).toEqual([['shop-1'], ['shop-0']]);
    const { committed } = await control.readState();
    const epoch = await switchTo(loose);
    for (const proxy of proxies) proxy.restore();
    await eventually(() => expect(runtimes.map((runtime) => runtime.current)).toEqual([epoch, epoch]));
    await drained(committed);
  });
});
