/** Switches of the real shop at demo load: warm (the hosts are there) and cold (all four services start). */
import type { SwitchView, Target } from '@atlas/stack';
import { readStackFile, StackError, stackFilePath } from '@atlas/platform-stack';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bench, BenchContext } from '../bench.ts';
import { awaited, DEMO_RPS, drained, memoryOf, withShop, type ShopRun } from '../shop-run.ts';
import { median, quantile } from '../statistics.ts';
import { commitsToRouted, dueWithin, hostStarts, p99Within, windowOf, type Window } from '../switch-marks.ts';

const EDGES = ['shop-0', 'shop-1'];
const TIGHT: Target = { mode: 'tight', instances: { bundle: 2 } };
const LOOSE: Target = { mode: 'loose', instances: { bundle: 2 } };
/** Rounds of a bench are few; a 99th percentile wants many switches. */
const WARM_PER_ROUND = 16;
const STEADY_MS = 8_000;
/** After a switch: the old epoch drains. Then so long a rest, in which the mode's own latency is taken. */
const SETTLE_MS = 700;
const REST_MS = 1_000;
/** The first switches meet code that is not compiled yet. */
const UNCOUNTED = 8;
const SPARES = 4;
const KEEP_WARM_MS = 3_600_000;
/** Trials end at the first look: they are measured by `npm run trials`, and one that takes a switch back ends a bench. */
const AT_ONCE = { trialMostMs: 0 } as const;

async function steady(ms: number, signal: AbortSignal): Promise<Window> {
  const from = Date.now();
  await wait(ms, undefined, { signal });
  return { from, to: Date.now() };
}

/**
 * Two bundles and four services that stay; only routes move. Each mode's own latency is taken in between, after every
 * switch, so that whatever the machine does meets switches and rests alike.
 */
async function warm(run: ShopRun, { rounds, say, signal }: BenchContext) {
  await run.move(LOOSE, 'done');
  const load = await run.load();
  await wait(3_000, undefined, { signal });
  const calm = { loose: [] as Window[], tight: [] as Window[] };
  const views: SwitchView[] = [];
  const count = UNCOUNTED + rounds * WARM_PER_ROUND;
  for (let i = 0; i < count; i += 1) {
    const mode = i % 2 === 0 ? 'tight' : 'loose';
    views.push(await run.move(mode === 'tight' ? TIGHT : LOOSE, 'routed'));
    if (i % WARM_PER_ROUND === 0) say(`warm switch ${i + 1} of ${count}`);
    await wait(SETTLE_MS, undefined, { signal });
    const rest = await steady(REST_MS, signal);
    if (i >= UNCOUNTED) calm[mode].push(rest);
  }
  const requests = await load.end();
  const marks = await run.marks();
  const spread = commitsToRouted(marks, EDGES);
  const counted = views.slice(UNCOUNTED);
  const epochs = counted.flatMap(({ epoch }) => spread.get(epoch ?? 0) ?? []);
  if (epochs.length < counted.length)
    throw new StackError(
      `the logs tell of ${epochs.length} of ${counted.length} switches when they were routed`,
    );
  const ended = await drained(run.control, counted, signal);
  const calmP99 = { tight: p99Within(requests, calm.tight), loose: p99Within(requests, calm.loose) };
  const windows = counted.map(windowOf);
  const after = windows.map(({ to }) => ({ from: to, to: to + SETTLE_MS }));
  return {
    ...{ views: ended, requests: requests.length, spread: epochs, calmP99 },
    afterP99: p99Within(requests, after),
    ...{ inWindows: dueWithin(requests, windows).length, windowP99: p99Within(requests, windows) },
  };
}

/** One bundle; every round starts four services, from nothing or from spares, and ends them. */
async function cold(run: ShopRun, { rounds, say, signal }: BenchContext) {
  const load = await run.load();
  await wait(3_000, undefined, { signal });
  const calm = [await steady(STEADY_MS, signal)];
  const views: SwitchView[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const view = await run.move({ mode: 'loose' }, 'done');
    if (round === 0) calm.push(await steady(STEADY_MS, signal));
    else views.push(view); // the first one fills the compile cache
    say(`cold switch ${round} of ${rounds}: ${view.routedMs} ms`);
    await run.move({ mode: 'tight' }, 'done');
    await spared(run, signal);
  }
  const requests = await load.end();
  const calmP99 = Math.max(...calm.map((window) => p99Within(requests, [window])));
  return { views, added: p99Within(requests, views.map(windowOf)) - calmP99 };
}

/** Waits until all spares that the stack wants are there. */
async function spared({ stack, control }: ShopRun, signal: AbortSignal): Promise<void> {
  const { spares } = await readStackFile(stackFilePath(stack.home));
  const there = async (): Promise<number> =>
    (await control.status()).hosts.filter(({ health }) => health === 'spare').length;
  const wanted = spares?.count ?? 0;
  await awaited(`${wanted} spares wait`, async () => (await there()) >= wanted, signal);
}

/** One service at a time, nothing else to do. */
async function alone(run: ShopRun, { rounds, signal }: BenchContext): Promise<number[]> {
  const { layout } = await run.control.status();
  const modules = Object.keys(layout?.placements ?? {});
  for (let round = 0; round <= rounds; round += 1) {
    for (const module of modules) {
      await run.move({ placements: { [module]: 'service' } }, 'done');
      await spared(run, signal);
      await wait(200, undefined, { signal });
    }
  }
  const starts = hostStarts(await run.marks()).filter(({ instance }) => !instance.startsWith('shop-'));
  const wanted = (rounds + 1) * modules.length;
  if (starts.length < wanted)
    throw new StackError(`the logs tell of ${starts.length} of ${wanted} hosts when they were ready`);
  return starts.slice(modules.length).map(({ ms }) => ms); // the first of each fills the compile cache
}

const routed = (views: readonly SwitchView[]): number[] =>
  views.map(({ routedMs }) => routedMs ?? Number.NaN);
const drainOf = (views: readonly SwitchView[]): number[] => views.flatMap(({ drainMs }) => drainMs ?? []);

export const switches: Bench = {
  name: 'switch',
  about: 'switches of the real shop: warm, cold, one host alone',
  needsStack: true,
  rows: [
    {
      name: 'commitToRouted.p99Ms',
      unit: 'ms',
      goal: { atMost: 50 },
      about: 'From sending the commit until both edges admit new roots under the new epoch, at demo load.',
    },
    {
      name: 'switchWarm.p99Ms',
      unit: 'ms',
      goal: { atMost: 250 },
      about:
        'Decision until routed between tight and loose with two bundles, all hosts kept warm, at demo load.',
    },
    { name: 'switchWarm.p50Ms', unit: 'ms', about: 'The same, in the middle.' },
    {
      name: 'switchCold4.p50Ms',
      unit: 'ms',
      goal: { atMost: 2_500 },
      about: 'Decision until routed from tight to loose, four services started from nothing, at demo load.',
    },
    {
      name: 'hostReady.p50Ms',
      unit: 'ms',
      goal: { atMost: 600 },
      about: 'Order to start one service until it is ready, without load, compile cache filled.',
    },
    {
      name: 'switchAddedWarm.p99Ms',
      unit: 'ms',
      goal: { atMost: 10 },
      about:
        "99th percentile of requests that arrive during warm switches minus the slower mode's own in the rests between them.",
    },
    {
      name: 'switchAddedCold.p99Ms',
      unit: 'ms',
      about: "The same for cold switches; the modes' own was taken once, before them.",
    },
    {
      name: 'switchSpare4.p50Ms',
      unit: 'ms',
      about: 'Decision until routed from tight to loose, four services from four blank spares, at demo load.',
    },
    {
      name: 'spareReady.p50Ms',
      unit: 'ms',
      about: 'Order to start one service until it is ready, from a spare.',
    },
    { name: 'spare.memoryMb', unit: 'MB', about: 'What one blank spare keeps in memory (PSS).' },
  ],
  async run(context) {
    const one = await withShop(context, { ...AT_ONCE, keepWarmMs: KEEP_WARM_MS }, (run) =>
      warm(run, context),
    );
    const two = await withShop(context, AT_ONCE, (run) => cold(run, context));
    const ready = await withShop(context, AT_ONCE, (run) => alone(run, context));
    const three = await withShop(context, { ...AT_ONCE, spares: SPARES }, (run) => cold(run, context));
    const four = await withShop(context, { ...AT_ONCE, spares: 1 }, async (run) => {
      await spared(run, context.signal);
      return { memoryMb: await memoryOf(run, 'spare-0'), ready: await alone(run, context) };
    });
    return {
      values: {
        'commitToRouted.p99Ms': quantile(one.spread, 0.99),
        'switchWarm.p99Ms': quantile(routed(one.views), 0.99),
        'switchWarm.p50Ms': median(routed(one.views)),
        'switchCold4.p50Ms': median(routed(two.views)),
        'hostReady.p50Ms': median(ready),
        'switchAddedWarm.p99Ms': one.windowP99 - Math.max(one.calmP99.tight, one.calmP99.loose),
        'switchAddedCold.p99Ms': two.added,
        'switchSpare4.p50Ms': median(routed(three.views)),
        'spareReady.p50Ms': median(four.ready),
        'spare.memoryMb': four.memoryMb,
      },
      samples: {
        'commit to routed, ms': one.spread,
        'warm, decision to routed, ms': routed(one.views),
        'warm, commit to drained, ms': drainOf(one.views),
        'cold, decision to routed, ms': routed(two.views),
        'cold, commit to drained, ms': drainOf(two.views),
        'host start, ms': ready,
        'from spares, decision to routed, ms': routed(three.views),
        'host start from a spare, ms': four.ready,
      },
      facts: {
        requestsPerSecond: DEMO_RPS,
        requests: one.requests,
        'steady p99 tight, ms': one.calmP99.tight,
        'steady p99 loose, ms': one.calmP99.loose,
        'p99 in warm switches, ms': one.windowP99,
        [`p99 in the ${SETTLE_MS} ms after them, ms`]: one.afterP99,
        'requests in warm switches': one.inWindows,
      },
    };
  },
};
