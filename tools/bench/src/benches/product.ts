import { readRunFile, type StackFile } from '@atlas/platform-stack';
import { request } from 'undici';
import type { Bench, BenchContext } from '../bench.ts';
import { runOn } from '../cores.ts';
import { withParties, type Party } from '../party.ts';
import type { HttpQuestion } from '../parties/http-load.ts';
import { inTurn } from '../rounds.ts';
import { withShop, type ShopRun } from '../shop-run.ts';
import { median, medianRatio } from '../statistics.ts';

const at = (file: string): URL => new URL(`../parties/${file}`, import.meta.url);

/** The server that works has a core to itself; everything else shares the other. */
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const CONNECTIONS = 64;
const ROUND_MS = 2_000;
/** Raised, not removed. */
const RATES = { ATLAS_RATE_SESSION: '1000000', ATLAS_RATE_ADDRESS: '10000000' };

/** Works with the shops' processes on their cores. */
async function pinned<T>(shops: readonly ShopRun[], work: () => Promise<T>): Promise<T> {
  try {
    for (const { stack } of shops)
      for (const { app, pid } of (await readRunFile(stack.home))?.processes ?? [])
        await runOn(pid, app === 'shop' ? SERVER_CORE : LOAD_CORE);
    return await work();
  } finally {
    await runOn(process.pid); // it supervises the shops; the benches after this one start all of theirs where it is
  }
}

/** What the load asks a shop for: one of its products. */
async function productOf({ stack }: ShopRun): Promise<Omit<HttpQuestion, 'forMs'>> {
  const { body } = await request(`${stack.edgeUrl}/api/products?limit=1`);
  const { items } = (await body.json()) as { items: { id: string }[] };
  const id = items[0]?.id ?? '';
  const port = Number(new URL(stack.edgeUrl).port);
  return { port, path: `/api/products/${id}`, connections: CONNECTIONS, expected: `"id":"${id}"` };
}

/** A shop whose bundle gets further settings. */
const withSettings = <T>(
  context: BenchContext,
  { audit, env }: { readonly audit: boolean; readonly env: Readonly<Record<string, string>> },
  work: (shop: ShopRun) => Promise<T>,
): Promise<T> => {
  const rewire = (file: StackFile): StackFile => {
    const bundle = file.apps[file.bundle];
    if (bundle === undefined) throw new Error('the stack has no bundle');
    const apps = { ...file.apps, [file.bundle]: { ...bundle, env: { ...bundle.env, ...env } } };
    return { ...file, apps };
  };
  return withShop(context, { audit, rewire }, work);
};

/** Shops side by side that differ in one setting each; only one has work at a time. */
async function withShops<T>(context: BenchContext, work: (shops: ShopRun[]) => Promise<T>): Promise<T> {
  const off = { ...RATES, ATLAS_TELEMETRY: 'off' };
  return withSettings(context, { audit: false, env: RATES }, (on) =>
    withSettings(context, { audit: false, env: off }, (silent) =>
      withSettings(context, { audit: true, env: RATES }, (audited) => work([on, silent, audited])),
    ),
  );
}

async function measure(context: BenchContext, shops: readonly ShopRun[], [hello, load]: readonly Party[]) {
  if (hello === undefined || load === undefined) throw new Error('a party is missing');
  const asked = await Promise.all(shops.map(productOf));
  const forMs = context.span(ROUND_MS);
  const rate = (question: Omit<HttpQuestion, 'forMs'> | undefined) => () =>
    load.ask<number>('rate', { ...question, forMs });
  const port = await hello.ask<number>('port');
  return inTurn(context, {
    shop: rate(asked[0]),
    hello: rate({ port, path: '/', connections: CONNECTIONS, expected: 'Hello World!' }),
    silent: rate(asked[1]),
    audited: rate(asked[2]),
  });
}

/** One product, read over HTTP from the shop as it is. */
export const product: Bench = {
  name: 'product',
  about: 'GET /api/products/{id} in a tight shop, against a hello world of Nest and Fastify',
  needsStack: true,
  rows: [
    {
      name: 'product.vsHello',
      unit: '×',
      goal: { atLeast: 0.8 },
      about:
        'Requests per second of the real edge (rate limits raised, admission, typed client, telemetry, all headers on) over those of a hello world of Nest on Fastify.',
    },
    { name: 'product.perSecond', unit: 'requests/s', about: 'The same, absolute, on one core.' },
    {
      name: 'telemetry.cost',
      unit: 'fraction',
      goal: { atMost: 0.05 },
      about: 'Share of the throughput that is lost when telemetry is on, on a saturated core.',
    },
    {
      name: 'telemetry.perRequestMs',
      unit: 'ms',
      goal: { atMost: 0.1 },
      about: 'What telemetry adds to the time that the core spends on one request.',
    },
    {
      name: 'audit.cost',
      unit: 'fraction',
      about: 'Share of the throughput that is lost when every call is written down for the auditor.',
    },
  ],
  run: (context) =>
    withShops(context, async (shops) => {
      const parties = [
        { module: at('http-hello.ts'), core: SERVER_CORE },
        { module: at('http-load.ts'), core: LOAD_CORE },
      ];
      const rate = await pinned(shops, () => withParties(parties, (...all) => measure(context, shops, all)));
      const perRequest = rate.shop.map((on, round) => 1_000 / on - 1_000 / (rate.silent[round] ?? on));
      return {
        values: {
          'product.vsHello': medianRatio(rate.shop, rate.hello),
          'product.perSecond': median(rate.shop),
          'telemetry.cost': 1 - medianRatio(rate.shop, rate.silent),
          'telemetry.perRequestMs': median(perRequest),
          'audit.cost': 1 - medianRatio(rate.audited, rate.shop),
        },
        samples: {
          'shop requests/s': rate.shop,
          'hello world requests/s': rate.hello,
          'shop without telemetry requests/s': rate.silent,
          'shop with audit requests/s': rate.audited,
        },
        facts: { connections: CONNECTIONS },
      };
    }),
};
