import type { Proposal } from '@atlas/brain-decision';
import { loadGuardrails, type Limits } from '@atlas/brain-guardrails';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { DEFAULT_INTENT } from '../src/inputs/inputs.ts';
import { DEFAULT_LIMITS } from '../src/inputs/limits.ts';
import { guardOf } from '../src/watch/guard.ts';
import type { StoredThought } from '../src/watch/thought.ts';
import { loop } from './loop.ts';

const wasm = await readFile(new URL('../../../infra/policies/guardrails.wasm', import.meta.url));
const guardrails = await loadGuardrails(new Uint8Array(wasm));
const within = (limits: Partial<Limits>) =>
  guardOf({ guardrails, limits: { ...DEFAULT_LIMITS, ...limits }, known: () => undefined });

/** A surge of the kind that the table answers with hybrid. */
async function surge(limits: Partial<Limits>, level: number, rps = 2_000) {
  const scene = loop({ guard: within(limits) });
  scene.switcher.set({ level });
  await scene.seconds(3);
  scene.world.rps = rps;
  await scene.seconds(10);
  return scene;
}

test('within the limits nothing is broken', async () => {
  const { switcher } = await surge({}, 3);
  expect(switcher.switched).toMatchObject([{ wish: { guardrails: [] } }]);
});

test('beyond them the proposal says so: at level 3 it waits for a person, at level 4 it is refused', async () => {
  const waits = await surge({ mostHosts: 1 }, 3);
  expect(waits.switcher.heard).toMatchObject([{ guardrails: ['2 hosts, at most 1'] }]);
  expect(waits.watch.health().outcome).toMatchObject({ kind: 'waiting' });
  const refused = await surge({ mostHosts: 1 }, 4);
  expect(refused.watch.health().outcome).toMatchObject({ kind: 'refused', code: 'refused_by_policy' });
  expect([...waits.switcher.switched, ...refused.switcher.switched]).toEqual([]);
  await refused.watch.stop();
  expect((refused.store.kept.decisions.at(-1)?.body as StoredThought).guardrails).toEqual([
    '2 hosts, at most 1',
  ]);
});

test('an emergency breaks none', async () => {
  const { switcher } = await surge({ mostHosts: 1 }, 4, 9_000);
  expect(switcher.switched.at(-1)).toMatchObject({ wish: { source: 'emergency', guardrails: [] } });
});

test('what a guardrail forbids is not warmed', async () => {
  const { mind, switcher, watch, world, seconds } = loop({ guard: within({ allowedModules: [] }) });
  mind.memory.know([{ fromMin: 30_000_010, lengthMin: 60, times: 8 }]);
  world.rps = 200;
  switcher.set({ level: 4 });
  await seconds(70);
  expect(switcher.heard).toEqual([]);
  expect(watch.health().outcome).toEqual({ kind: 'not-said', because: 'cart may not be moved' });
});

test('the cost of a layout is that under what is expected', () => {
  const at = { rps: 500, in5Rps: 800, atMs: 100_000, layout: { placements: {}, instances: {} } };
  const thought = { observation: at, outlook: at, before: { movedAtMs: null } } as never;
  const to = { placements: {}, instances: { bundle: 2 }, canary: {}, configVersion: 1 };
  const costs = {
    ...{ edgeCpuMs: 1, modules: {}, calls: [], localCall: { cpuMs: 0 }, waitMs: 0, tail: 1 },
    ...{ remoteCall: { callerCpuMs: 0, calleeCpuMs: 0, latencyMs: 0 }, restartS: 3, failoverS: 1 },
  };
  const site = { cores: 4, coreHourUsd: 1, hostHourUsd: 0, mostInstances: 4 };
  const guard = guardOf({
    guardrails,
    limits: { ...DEFAULT_LIMITS, mostUsdPerDay: 15 },
    known: () => ({ costs, site, intent: DEFAULT_INTENT, learnedAtMs: 0, windows: 0, fit: null }),
  });
  expect(guard({ kind: 'move', source: 'brain', rung: 1, to }, thought)).toEqual([
    '19.2 USD a day, at most 15',
  ]);
});

test('a ceiling without known costs lets nothing pass; a switch too soon is told', () => {
  const at = { rps: 500, atMs: 100_000, layout: { placements: {}, instances: {} } };
  const thought = { observation: at, outlook: at, before: { movedAtMs: 90_000 } } as never;
  const to = { placements: {}, instances: { bundle: 2 }, canary: {}, configVersion: 1 };
  const proposal: Proposal = { kind: 'move', source: 'brain', rung: 1, to };
  expect(within({ mostUsdPerDay: 5 })(proposal, thought)).toEqual([
    '10 s after the last switch, at least 60 s',
    'the cost is not known, at most 5 USD a day',
  ]);
  expect(within({})({ kind: 'pre-warm', rung: 1, to }, thought)).toEqual([]);
  expect(within({})({ kind: 'none' }, thought)).toEqual([]);
});

test('what-if is a dry run at any level: what would be broken, and what the switcher would do, but nothing is said or stored', async () => {
  for (const level of [0, 1, 4]) {
    const { watch, switcher, store, seconds } = loop({ guard: within({ mostHosts: 1 }) });
    expect(await watch.whatIf({ rps: 2_000 }, {})).toBeUndefined();
    switcher.set({ level });
    await seconds(3);
    expect(await watch.whatIf({ rps: 2_000 }, {})).toMatchObject({
      decision: { rule: 'rise' },
      autonomy: { effective: level },
      guardrails: ['2 hosts, at most 1'],
      plan: { refusals: ['no connections are left'] },
    });
    expect(await watch.whatIf({ rps: 10 }, {})).toMatchObject({ guardrails: [], plan: null });
    await watch.stop();
    expect(switcher.heard).toEqual([]);
    expect(store.kept.decisions.map(({ body }) => (body as StoredThought).observation.rps)).toEqual([100]);
  }
});
