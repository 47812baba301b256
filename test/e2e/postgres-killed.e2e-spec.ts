/** The postmaster dies under load: clear refusals while it is away, and nothing lost. */
import { beforeAll, expect, test } from 'vitest';
import { assertEventually, hostPids, kill, shopOfFile, type Load } from './src/index.ts';

const shop = shopOfFile();
let load: Load;

beforeAll(async () => {
  load = await shop().load();
  await shop().control.switchTo({ mode: 'hybrid' });
  await load.served(60);
});

interface Probe {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly code: string | undefined;
  readonly ms: number;
}

let asked = 0;

/** Reads a page of products as a client would; one that nobody has asked for, so that nothing remembers it. */
async function probe(): Promise<Probe> {
  const began = performance.now();
  asked += 1;
  const answer = await fetch(`${shop().stack.edgeUrl}/api/products?q=lamp%20${asked}&limit=5`);
  const { code } = (await answer.json()) as { code?: string };
  const retryAfter = answer.headers.get('retry-after');
  return { status: answer.status, retryAfter, code, ms: performance.now() - began };
}

test('while Postgres is away answers are 503 with Retry-After; then it serves by itself as before', async () => {
  const { control, home } = shop();
  const before = await control.layout();
  const pids = await hostPids(home);
  const postgres = await shop().process('postgres');
  await kill(postgres);

  const probes: Probe[] = [];
  await assertEventually(
    'a refusal, then answers again',
    async () => {
      probes.push(await probe());
      expect(probes.some(({ status }) => status === 503)).toBe(true);
      expect(probes.slice(-5).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    },
    { withinMs: 30_000 },
  );
  for (const { status, retryAfter, ms } of probes.filter((one) => one.status !== 200)) {
    expect(status).toBe(503);
    expect(Number(retryAfter)).toBeGreaterThan(0);
    expect(ms).toBeLessThan(20_000); // no root outlives its deadline of 10 s
  }
  expect((await shop().replaced(postgres)).pid).not.toBe(postgres.pid);
  await assertEventually('the switcher leads again', async () => {
    expect(await control.layout()).toEqual(before);
  });
  expect(await hostPids(home)).toEqual(pids);
});

test('afterwards everything works: requests and a switch', async () => {
  expect((await shop().control.switchTo({ mode: 'loose' })).outcome).toBe('committed');
  const { failed } = await load.served(1);
  expect((await load.served(120)).failed).toBe(failed);
});

test('clients were told nothing but 503, every order has a definite end, and the books agree', async () => {
  const { orders } = await load.stop();
  const failed = (await load.records()).filter((record) => record.failed);
  expect(failed.filter(({ status }) => status !== 503)).toEqual([]);
  expect(orders.unsettled).toBe(0);
  expect((await shop().audit()).problems).toEqual([]);
});
