/** Blank spares in a real shop, under load: what they know, what they become, and whom they end with. */
import { goneWithin } from '@atlas/platform-stack';
import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { assertEventually, failuresIn, kill, rowsOf, shopOfFile, type Load } from './src/index.ts';

const shop = shopOfFile(() => ({ spares: 2, trialMostMs: 0 }));
let load: Load;

/** Resolves to the rows of the blank spares once both are there, and in the run file, which may learn of them later. */
const spares = () =>
  assertEventually('both spares wait', async () => {
    const waiting = (await shop().control.status()).hosts.filter(({ health }) => health === 'spare');
    expect(waiting).toHaveLength(2);
    const rows = (await rowsOf(shop().home)).filter(({ app }) => app === 'spare');
    expect(rows.map(({ pid }) => pid).sort()).toEqual(waiting.map(({ pid }) => pid).sort());
    return rows;
  });

beforeAll(async () => {
  load = await shop().load();
  await load.served(60);
});

test('a blank spare knows no secret', async () => {
  for (const { pid, rpc } of await spares()) {
    expect(rpc).toBeNull();
    if (process.platform !== 'linux') continue;
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
    expect(environment).not.toMatch(/postgres:|_URL|TOKEN|SECRET/);
  }
});

test('a switch makes services of them, in the same processes', async () => {
  const before = (await spares()).map(({ pid }) => pid);
  await shop().control.switchTo({ mode: 'hybrid' });
  const after = await Promise.all(['cart-0', 'payment-0'].map((instance) => shop().process(instance)));
  expect(after.map(({ pid }) => pid).sort()).toEqual(before.sort());
  expect((await spares()).map(({ pid }) => pid)).not.toEqual(expect.arrayContaining(before));
});

test('blank ones end with their switcher, those that became something do not', async () => {
  const blank = await spares();
  const cart = await shop().process('cart-0');
  await kill(await shop().process('switcher'));
  for (const spare of blank) expect(await goneWithin(spare, 10_000)).toBe(true);
  const next = await spares();
  expect(next.map(({ pid }) => pid)).not.toEqual(expect.arrayContaining(blank.map(({ pid }) => pid)));
  expect((await shop().process('cart-0')).pid).toBe(cart.pid);
});

test('no request fails, and the books agree', async () => {
  await load.stop();
  expect(await failuresIn(load.log)).toEqual([]);
  const result = await shop().audit();
  expect(result.problems).toEqual([]);
  expect(result).toMatchObject({ ok: true, coverage: 1 });
});
