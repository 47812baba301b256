/** A bundle in reserve, under load: it accepts nobody until a layout counts on it, or until the one that serves dies. */
import { beforeAll, expect, test } from 'vitest';
import { assertEventually, failuresIn, kill, rowsOf, shopOfFile, type Load } from './src/index.ts';

const shop = shopOfFile(() => ({ autonomy: 3, trialMostMs: 0 }));
let load: Load;

/** Resolves to the names of the bundles that serve and of those in reserve, once there are so many of each. */
const bundles = (serving: number, inReserve: number) =>
  assertEventually(
    `${serving} bundles serve, ${inReserve} are in reserve`,
    async () => {
      const { hosts } = await shop().control.status();
      const named = (wanted: string): string[] =>
        hosts
          .filter(({ app, health }) => app === 'shop' && health === wanted)
          .map(({ instance }) => instance);
      const found = { serving: named('ready'), reserve: named('reserve') };
      expect(found.serving).toHaveLength(serving);
      expect(found.reserve).toHaveLength(inReserve);
      return found;
    },
    { withinMs: 30_000 },
  );

async function warm(): Promise<void> {
  const { control } = shop();
  await control.ask('POST', '/v1/autonomy', { level: 3 }); // an operator's own switch holds it lower
  await control.ask('POST', '/v1/warm', { placements: {}, instances: { bundle: 2 } });
}

/** Edge requests that a bundle has answered, as its metrics say. */
async function answered(instance: string): Promise<number> {
  const row = (await rowsOf(shop().home)).find((one) => one.instance === instance);
  const text = await (await fetch(`${row?.metricsUrl ?? ''}/metrics`)).text();
  const counts = [...text.matchAll(/^atlas_edge_requests_total\{.*\} (\d+)$/gm)].map(([, count]) =>
    Number(count),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

beforeAll(async () => {
  load = await shop().load();
  await load.served(60);
});

test('it is warm, and gets no request', async () => {
  await warm();
  const { reserve } = await bundles(1, 1);
  await load.served(100);
  expect(await answered(reserve[0] ?? '')).toBe(0);
});

test('a switch that counts on it starts nobody, and it serves', async () => {
  const { reserve } = await bundles(1, 1);
  const before = await shop().process(reserve[0] ?? '');
  await shop().control.switchTo({ mode: 'tight', instances: { bundle: 2 } });
  await bundles(2, 0);
  expect((await shop().process(before.instance)).pid).toBe(before.pid);
  await assertEventually('it answers', async () =>
    expect(await answered(before.instance)).toBeGreaterThan(0),
  );
});

test('one takes the place of the only bundle that serves when that is killed', async () => {
  await shop().control.switchTo({ mode: 'tight' });
  await warm();
  const { serving, reserve } = await bundles(1, 1);
  await load.stop();
  expect(await failuresIn(load.log)).toEqual([]);
  await kill(await shop().process(serving[0] ?? ''));
  const answer = await fetch(`${shop().stack.edgeUrl}/api/products?limit=1`);
  expect(answer.status).toBe(200);
  const after = await bundles(1, 1);
  expect(after.serving).toEqual(reserve);
});
