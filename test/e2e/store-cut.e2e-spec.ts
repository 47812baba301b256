/** E5: every link to the coupling store is cut for a minute, while the business database lives. */
import { startTcpProxy, type TcpProxy } from '@atlas/control-store/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assertEventually, failuresIn, hostPids, shopOfFile, type Load } from './src/index.ts';

let proxy: TcpProxy;

/** The same address by way of the proxy. */
function detour(url: string): string {
  const through = new URL(url);
  through.port = String(proxy.port);
  return through.href;
}

const shop = shopOfFile(() => ({
  rewire: async (file) => {
    proxy = await startTcpProxy(file.storeUrl);
    const apps = Object.entries(file.apps).map(([app, { main, env }]) => {
      const ATLAS_STORE_URL = detour(env['ATLAS_STORE_URL'] ?? '');
      return [app, { main, env: { ...env, ATLAS_STORE_URL } }] as const;
    });
    return { ...file, storeUrl: detour(file.storeUrl), apps: Object.fromEntries(apps) };
  },
}));
let load: Load;

beforeAll(async () => {
  load = await shop().load();
  await shop().control.switchTo({ mode: 'hybrid' });
  await load.served(60);
});
afterAll(() => proxy.close());

const CUT_S = 60;

test('with all store links cut for 60 s no request fails, the layout stays, and no host is stopped', async () => {
  const { control, home } = shop();
  const before = await control.layout();
  const pids = await hostPids(home);
  // Every host and the switcher hold one.
  expect(proxy.connections()).toBeGreaterThan(Object.keys(pids).length);

  proxy.cut('reset');
  await assertEventually('the switcher notices', async () => {
    expect((await control.status()).store.contact).toBe(false);
  });
  await load.lasting(CUT_S / 2);
  proxy.cut('silent');
  await load.lasting(CUT_S / 2);

  expect(load.failures).toEqual([]);
  expect(load.progress()?.epoch).toBe(before.epoch);
  expect(await hostPids(home)).toEqual(pids);
  expect((await control.status()).layout).toEqual(before);

  proxy.restore();
  await assertEventually('the switcher is back', async () => {
    expect(await control.layout()).toEqual(before);
    const { leader, hosts } = await control.status();
    expect(leader.leads).toBe(true);
    expect(hosts.map(({ health }) => health)).toEqual(hosts.map(() => 'ready'));
  });
  expect(await hostPids(home)).toEqual(pids);
});

test('afterwards a switch works', async () => {
  const { outcome } = await shop().control.switchTo({ mode: 'tight' });
  expect(outcome).toBe('committed');
  await load.served(60);
});

test('no request failed, and the books agree', async () => {
  const { orders } = await load.stop();
  expect(await failuresIn(load.log)).toEqual([]);
  expect(orders.unsettled).toBe(0);
  expect((await shop().audit()).problems).toEqual([]);
});
