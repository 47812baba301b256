/** Loose mode, under load: SIGKILL of each service in turn. */
import { readAuditFile } from '@atlas/platform-telemetry';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { assertEventually, failuresIn, kill, shopOfFile, type Load } from './src/index.ts';

// A service is back within a second; orders come a few times a second. Hosts are spawned a second late, and the load is
// higher than usual, so that every module is called while its service is away.
const shop = shopOfFile(() => ({ faults: 'driver.spawn=delay:1000' }));
const RPS = 100;
let load: Load;
let epoch: number;

beforeAll(async () => {
  load = await shop().load({ peakRps: RPS });
  await load.served(60);
  epoch = (await shop().control.switchTo({ mode: 'loose' })).epoch ?? 0;
});

/** Calls of a module that the bundle, its standby, has served under the loose layout so far. */
async function standbyServed(module: string): Promise<number> {
  const folder = shop().stack.auditDir ?? '';
  const [file = ''] = (await readdir(folder)).filter((name) => name.startsWith('shop-0-'));
  const { records } = await readAuditFile(join(folder, file));
  return records.filter((one) => one.type === 'serve' && one.module === module && one.epoch === epoch).length;
}

test.for(['catalog', 'cart', 'payment', 'shipping'])(
  'SIGKILL of %s under load: the standby answers, no request fails, and the host comes back',
  async (module) => {
    const before = await shop().process(`${module}-0`);
    const servedBefore = await standbyServed(module);
    await kill(before);
    await assertEventually(`the standby serves ${module}`, async () =>
      expect(await standbyServed(module)).toBeGreaterThan(servedBefore),
    );
    const after = await shop().replaced(before);
    await load.served(60);
    expect(after.pid).not.toBe(before.pid);
    expect(load.failures).toEqual([]);
    expect((await shop().control.layout()).epoch).toBe(epoch);
  },
);

test('every order has a definite end, and the books agree', async () => {
  const summary = await load.stop();
  expect(await failuresIn(load.log)).toEqual([]);
  expect(summary.orders.unsettled).toBe(0);
  expect(summary.orders.paid).toBeGreaterThan(0);
  const result = await shop().audit();
  expect(result.problems).toEqual([]);
  expect(result).toMatchObject({ ok: true, coverage: 1, lostOrders: 0, duplicateCharges: 0 });
});
