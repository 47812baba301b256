/**
 * `node apps/brain/test/speed.ts [--home DIR]`: how long the brain thinks, from an observation to its proposal, and what a
 * minute's forecasts of 30 series take, both without any I/O. With the folder of a running stack, also what its brain
 * takes of memory and CPU for a minute. JSON to stdout.
 */
import { forecastAdvisor, optimiserAdvisor, type Known } from '@atlas/brain-advisors';
import { summaryOf, type Summary } from '@atlas/brain-collector';
import { measuredPolicy } from '@atlas/brain-decision';
import { Forecaster } from '@atlas/brain-forecast';
import { loadGuardrails } from '@atlas/brain-guardrails';
import { tightLayout } from '@atlas/control-layout';
import { readRunFile } from '@atlas/platform-stack';
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DEFAULT_LIMITS } from '../src/inputs/limits.ts';
import { WATCHING } from '../src/watch/autonomy.ts';
import { Council } from '../src/watch/council.ts';
import { guardOf } from '../src/watch/guard.ts';
import { Mind } from '../src/watch/mind.ts';
import { Proposer } from '../src/watch/proposer.ts';
import type { Shape } from '../src/watch/thought.ts';

const MODULES = ['catalog', 'cart', 'payment', 'shipping'];
const MINUTES = 8 * 1_440;
const [SECONDS, WARM_UP] = [20_000, 500];

const round = (value: number): number => Number(value.toPrecision(3));
const quantiles = (values: number[]) => {
  values.sort((a, b) => a - b);
  const at = (share: number): number =>
    round(values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0);
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
};

/** By the clock, which a busy machine makes longer, and in CPU time. */
class Stopwatch {
  readonly #ms: number[] = [];
  readonly #cpuMs: number[] = [];

  start(): () => void {
    const [began, cpu] = [performance.now(), process.threadCpuUsage()];
    return () => {
      const { user, system } = process.threadCpuUsage(cpu);
      this.#ms.push(performance.now() - began);
      this.#cpuMs.push((user + system) / 1_000);
    };
  }

  told() {
    return { n: this.#ms.length, ms: quantiles(this.#ms), cpuMs: quantiles(this.#cpuMs) };
  }
}

/** A day's shape with waves in it: the same for each run. */
const rateAt = (minute: number): number =>
  300 + 250 * Math.sin((minute / 1_440) * 2 * Math.PI) + 40 * Math.sin(minute * 12.9898);

const policy = {
  name: 'measured',
  rules: measuredPolicy({ tight: 400, tight2: 550, hybrid: 580, loose: 620 }),
};
const known: Known = {
  costs: {
    edgeCpuMs: 0.1,
    modules: Object.fromEntries(
      MODULES.map((name) => [
        name,
        { operations: { all: { perRoot: 0.4, cpuMs: 0.6 } }, crashesPerDay: 0.1 },
      ]),
    ),
    calls: MODULES.map((to) => ({ from: 'edge', to, perRoot: 0.4 })),
    localCall: { cpuMs: 0.001 },
    remoteCall: { callerCpuMs: 0.03, calleeCpuMs: 0.03, latencyMs: 0.2 },
    ...{ waitMs: 2, tail: 4.6, restartS: 3, failoverS: 0.2 },
  },
  site: { cores: 2, coreHourUsd: 0.04, hostHourUsd: 0.005, mostInstances: 4 },
  intent: { latency_p99_ms: 100, daily_cost_usd: 50, availability: 99.9, replicas: 8 },
  ...{ learnedAtMs: 0, windows: 36, fit: { measuredMs: 20, predictedMs: 20 } },
};

const both = (rps: number) => ({ arrivals: rps, rps });

function secondAt(at: number): Summary {
  const none = summaryOf({ at, covered: 1, looks: [], modules: MODULES, flaws: [] });
  const answers = { ...none.answers, ...both(Math.max(0, rateAt(at / 60_000))), p95: 20 };
  const modules = MODULES.map((name, i) => [
    name,
    { ...answers, ...both(answers.rps / 4), stress: (i + 1) / 10, poolQueue: 0, logLagS: null },
  ]);
  return { ...none, answers, modules: Object.fromEntries(modules) as Summary['modules'] };
}

/** Every tenth second is the end of a minute; the shop moves when it is told to. */
async function thinking(): Promise<unknown> {
  const wasm = await readFile(new URL('../../../infra/policies/guardrails.wasm', import.meta.url));
  const guardrails = await loadGuardrails(new Uint8Array(wasm));
  const mind = new Mind({ modules: MODULES, policy, intentP99Ms: 100 });
  const council = new Council({
    advisors: [optimiserAdvisor(() => known), forecastAdvisor],
    known: () => known,
    policy: policy.rules,
  });
  const guard = guardOf({ guardrails, limits: DEFAULT_LIMITS, known: () => known });
  await mind.memory.recall([
    Array.from({ length: MINUTES }, (_, minute) => ({
      minute,
      rps: Math.max(0, rateAt(minute)),
      modules: {},
    })),
  ]);
  const autonomy = { ...WATCHING, level: 4, effective: 4 };
  let shape: Shape = {
    epoch: 1,
    layout: tightLayout(MODULES),
    crashed: [],
    ready: {},
    coming: null,
    autonomy,
  };
  let switches = 0;
  const voice = {
    say: ({ to }: { readonly to: Shape['layout'] }) => {
      switches += 1;
      shape = { ...shape, epoch: shape.epoch + 1, layout: to };
      return Promise.resolve({ kind: 'accepted', switchId: 'sw' } as const);
    },
  };
  const clocks = { wallMs: () => Date.now(), steadyMs: () => performance.now() };
  const proposer = new Proposer({
    ...{ voice, clocks, coolDownMs: policy.rules.coolDownMs },
    storeAheadMs: () => 0,
  });
  const watch = new Stopwatch();
  for (let i = 0; i < SECONDS + WARM_UP; i += 1) {
    const at = MINUTES * 60_000 + i * 6_000;
    const second = secondAt(at);
    if (i % 10 === 0) mind.memory.remember({ ...second, at: at - 60_000 });
    const moment = proposer.moment();
    const stop = watch.start();
    const thought = mind.consider(second, shape);
    if (!thought) throw new Error('it thought nothing');
    const counsel = await council.hear(thought, 20);
    const guardrailsBroken = guard(counsel.proposal, thought);
    const outcome = await proposer.act({ thought, counsel, shape, moment, guardrails: guardrailsBroken });
    if (i >= WARM_UP) stop();
    if (outcome?.kind === 'accepted' && counsel.proposal.kind === 'move')
      mind.begun(thought, counsel.proposal.to);
  }
  return { what: 'observation to proposal, no I/O', ...watch.told(), switches };
}

function forecasting(): unknown {
  const series = Array.from({ length: 30 }, () => new Forecaster());
  const minute = (at: number): void =>
    series.forEach((each, i) => {
      each.push(at, Math.max(0, rateAt(at + 37 * i)));
      each.forecast();
    });
  for (let at = 0; at < MINUTES; at += 1)
    for (const [i, each] of series.entries()) each.push(at, rateAt(at + 37 * i) + 300);
  const watch = new Stopwatch();
  for (let at = MINUTES; at < MINUTES + 600; at += 1) {
    const stop = watch.start();
    minute(at);
    if (at >= MINUTES + 100) stop();
  }
  return { what: 'a minute of 30 series: learned from and forecast', ...watch.told() };
}

async function processOf(home: string): Promise<unknown> {
  const row = (await readRunFile(home))?.processes.find(({ app }) => app === 'brain');
  if (!row) throw new Error(`no brain runs in ${home}`);
  const cpuMs = async (): Promise<number> => {
    const fields = (await readFile(`/proc/${row.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  };
  const [before, began] = [await cpuMs(), performance.now()];
  await wait(60_000);
  const share = ((await cpuMs()) - before) / (performance.now() - began);
  const rollup = await readFile(`/proc/${row.pid}/smaps_rollup`, 'utf8');
  const pssMb = Number(/^Pss: +(\d+)/m.exec(rollup)?.[1]) / 1_024;
  return { what: 'the process beside an idle shop, for a minute', pssMb: round(pssMb), cores: round(share) };
}

const { home } = parseArgs({ options: { home: { type: 'string' } } }).values;
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
const cells = [await thinking(), forecasting(), ...(home === undefined ? [] : [await processOf(home)])];
console.log(JSON.stringify({ machine, cells }, null, 2));
