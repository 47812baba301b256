/** The shop as a whole in its modes, with its database: what a request costs and how long people wait. */
import type { RequestRecord } from '@atlas/load';
import { readRunFile } from '@atlas/platform-stack';
import { listProcesses, type Target } from '@atlas/stack';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bench, BenchContext, RowSpec } from '../bench.ts';
import { DEMO_RPS, withShop, type ShopRun } from '../shop-run.ts';
import { median, medianRatio, quantile } from '../statistics.ts';
import { dueWithin, type Window } from '../switch-marks.ts';

const MODES = {
  tight: { mode: 'tight' },
  loose: { mode: 'loose' },
  tight2: { mode: 'tight', instances: { bundle: 2 } },
} as const satisfies Record<string, Target>;
type Mode = keyof typeof MODES;
const NAMES = Object.keys(MODES) as Mode[];

/** Route labels; everything else of a journey (carts, order status, sessions) is in neither. */
const FAMILIES = {
  browse: (route: string) => route.startsWith('GET /api/products'),
  checkout: (route: string) => route.startsWith('POST ') && route.endsWith('/checkout'),
} as const;
type Family = keyof typeof FAMILIES;

/** Hosts are new after a switch: pools fill and code is compiled in this time. */
const WARM_UP_MS = 7_000;
const WINDOW_MS = 10_000;
/** Trials are not the subject. */
const TRIAL_MOST_MS = 0;

/** One stay in a mode. */
export interface Stay {
  readonly mode: Mode;
  readonly window: Window;
  /** CPU of all hosts, user and system. */
  readonly cpuMs: number;
}

/** CPU of the shop's hosts so far, ms; Postgres, acquirer, switcher and load are none. */
async function hostCpuMs({ stack }: ShopRun): Promise<number> {
  const rows = (await readRunFile(stack.home))?.processes ?? [];
  const pids = new Set(rows.filter(({ rpc }) => rpc !== null).map(({ pid }) => pid));
  const hosts = (await listProcesses()).filter(({ pid }) => pids.has(pid));
  return hosts.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

async function stayIn(shop: ShopRun, mode: Mode, { span, signal }: BenchContext): Promise<Stay> {
  await shop.move(MODES[mode], 'done');
  await wait(span(WARM_UP_MS), undefined, { signal });
  const [from, before] = [Date.now(), await hostCpuMs(shop)];
  await wait(span(WINDOW_MS), undefined, { signal });
  const [to, after] = [Date.now(), await hostCpuMs(shop)];
  return { mode, window: { from, to }, cpuMs: after - before };
}

const latencies = (
  requests: readonly RequestRecord[],
  windows: readonly Window[],
  family: Family,
): number[] =>
  dueWithin(requests, windows)
    .filter(({ route }) => FAMILIES[family](route))
    .map(({ scheduled, done }) => done - scheduled);

/** What the stays say, by the names of the rows. Pure. */
export function valuesOf(
  stays: readonly Stay[],
  requests: readonly RequestRecord[],
): { readonly values: Record<string, number>; readonly samples: Record<string, number[]> } {
  const of = (mode: Mode): readonly Stay[] => stays.filter((stay) => stay.mode === mode);
  const cpu = (mode: Mode): number[] =>
    of(mode).map(({ cpuMs, window }) => cpuMs / dueWithin(requests, [window]).length);
  const p50 = (mode: Mode, family: Family): number[] =>
    of(mode).map(({ window }) => median(latencies(requests, [window], family)));
  const p99 = (mode: Mode, family: Family): number =>
    quantile(
      latencies(
        requests,
        of(mode).map(({ window }) => window),
        family,
      ),
      0.99,
    );
  const values: Record<string, number> = {
    'modes.cpuLooseVsTight': medianRatio(cpu('loose'), cpu('tight')),
    'modes.cpuTight2VsTight': medianRatio(cpu('tight2'), cpu('tight')),
  };
  const samples: Record<string, number[]> = {};
  for (const mode of NAMES) {
    values[`modes.${mode}.cpuMs`] = median(cpu(mode));
    samples[`${mode} CPU ms/request`] = cpu(mode);
    for (const family of ['browse', 'checkout'] as const) {
      values[`modes.${mode}.${family}.p50Ms`] = median(p50(mode, family));
      values[`modes.${mode}.${family}.p99Ms`] = p99(mode, family);
      samples[`${mode} ${family} p50 ms`] = p50(mode, family);
    }
  }
  for (const family of ['browse', 'checkout'] as const) {
    values[`modes.${family}.p50LooseVsTight`] = medianRatio(p50('loose', family), p50('tight', family));
  }
  return { values, samples };
}

const ABOUT: Readonly<Record<Mode, string>> = {
  tight: 'one bundle',
  loose: 'one bundle and four services',
  tight2: 'two bundles',
};

const rowsOf = (mode: Mode): RowSpec[] => [
  {
    name: `modes.${mode}.cpuMs`,
    unit: 'ms/request',
    about: `CPU of all hosts (${ABOUT[mode]}) for one request of the journeys' mix; Postgres is not counted.`,
  },
  ...(['browse', 'checkout'] as const).flatMap((family) => [
    {
      name: `modes.${mode}.${family}.p50Ms`,
      unit: 'ms',
      about: `Median latency of ${family} (${ABOUT[mode]}).`,
    },
    {
      name: `modes.${mode}.${family}.p99Ms`,
      unit: 'ms',
      about: `99th percentile of ${family} (${ABOUT[mode]}).`,
    },
  ]),
];

export const modes: Bench = {
  name: 'modes',
  about: 'checkout and browse of the real shop, tight, loose and tight ×2',
  needsStack: true,
  rows: [
    {
      name: 'modes.cpuLooseVsTight',
      unit: '×',
      about:
        'CPU of all hosts for one request, loose over tight, same load, with the database (Service Weaver: 3.1 × the cores).',
    },
    { name: 'modes.cpuTight2VsTight', unit: '×', about: 'The same, two bundles over one.' },
    {
      name: 'modes.browse.p50LooseVsTight',
      unit: '×',
      about: 'Median latency of product pages and searches, loose over tight.',
    },
    {
      name: 'modes.checkout.p50LooseVsTight',
      unit: '×',
      about: 'Median latency of a checkout, the bank included, loose over tight.',
    },
    ...NAMES.flatMap(rowsOf),
  ],
  run: (context) =>
    withShop(context, { trialMostMs: TRIAL_MOST_MS }, async (shop) => {
      const load = await shop.load();
      const stays: Stay[] = [];
      for (let round = 0; round <= context.rounds; round += 1) {
        // The first layout is tight: the first stay in it would be no switch.
        for (const mode of ['loose', 'tight2', 'tight'] as const) {
          const stay = await stayIn(shop, mode, context);
          if (round > 0) stays.push(stay);
        }
        context.say(`round ${round} of ${context.rounds}`);
      }
      const requests = await load.end();
      return {
        ...valuesOf(stays, requests),
        facts: { requestsPerSecond: DEMO_RPS, windowMs: WINDOW_MS, requests: requests.length },
      };
    }),
};
