import { measuredPolicy, PAPER } from '@atlas/brain-decision';
import { parseIntent } from '@atlas/brain-optimiser';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BrainConfig } from '../src/brain.config.ts';
import { DEFAULT_INTENT, readInputs } from '../src/inputs/inputs.ts';
import { DEFAULT_LIMITS, LimitsSchema, parseLimits } from '../src/inputs/limits.ts';

const docs = (name: string) => readFile(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');
const GUARDRAILS = join(import.meta.dirname, '../../../infra/policies/guardrails.wasm');
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'atlas-inputs-'));
});
afterEach(() => rm(home, { recursive: true }));

const read = (more: Partial<BrainConfig> = {}) =>
  readInputs({
    ATLAS_HOME: home,
    ATLAS_PROFILE: 'measured',
    ATLAS_GUARDRAILS: GUARDRAILS,
    ATLAS_BRAIN_SPEED: 1,
    ...more,
  } as BrainConfig);
const put = (name: string, text: string) => writeFile(join(home, name), text);

test('without files it goes by the paper, the usual limits and the intent of the docs', async () => {
  expect(await read()).toMatchObject({
    policy: { name: 'paper', rules: PAPER },
    limits: DEFAULT_LIMITS,
    intent: DEFAULT_INTENT,
  });
  const { weights: _, ...intent } = JSON.parse(JSON.stringify(parseIntent(await docs('intent.example.yaml'))))
    .value as Record<string, unknown>;
  expect(DEFAULT_INTENT).toEqual(intent);
});

test('in a trace that goes faster, a host takes as much more of it to start', async () => {
  const at = '2026-11-27T00:00:00Z';
  const { policy } = await read({
    ATLAS_BRAIN_SPEED: 60,
    ATLAS_BRAIN_TRACE_START: at,
    ATLAS_BRAIN_STARTED_AT: at,
  });
  expect(policy.rules).toEqual({ ...PAPER, startMs: 60 * PAPER.startMs });
});

test('measured capacity makes the thresholds, also when a shape was not measured; the paper can be asked for', async () => {
  await put(
    'capacity.json',
    '{ "tight": 400, "tight2": 700, "at": "2026-11-25", "machine": { "cores": 2 } }',
  );
  const measured = measuredPolicy({ tight: 400, tight2: 700, hybrid: 0, loose: 0 });
  expect((await read()).policy).toEqual({ name: 'measured', rules: measured });
  expect((await read({ ATLAS_PROFILE: 'paper' })).policy.rules).toEqual(PAPER);
  expect((await read()).intent.latency_p99_ms).toBe(200);
  await put('capacity.json', '{ "tight": 400, "hybridServices": 2, "intentP99Ms": 90 }');
  expect((await read()).intent.latency_p99_ms).toBe(90);
  expect((await read()).policy.rules.extractLeast).toBe(2);
});

test('files in the folder of the stack count, and those that are named before them', async () => {
  await put('limits.yaml', 'most_hosts: 3');
  expect((await read()).limits).toEqual({ ...DEFAULT_LIMITS, mostHosts: 3 });
  await put('others.yaml', 'least_between_s: 5');
  const named = await read({ ATLAS_LIMITS: join(home, 'others.yaml') });
  expect(named.limits).toEqual({ ...DEFAULT_LIMITS, leastBetweenMs: 5_000 });
  await put('intent.yaml', (await docs('intent.example.yaml')).replace('200', '70'));
  expect((await read()).intent.latency_p99_ms).toBe(70);
});

test.each([
  ['limits.yaml', 'most_hosts: 0', /limits\.yaml: limits: most_hosts: .*; it is 0$/],
  ['limits.yaml', 'hosts: 1', /limits: hosts is no field of it$/],
  ['limits.yaml', 'freezes: [{ from: tomorrow, to: never, reason: x }]', /limits: freezes\.0\.from: /],
  [
    'limits.yaml',
    'freezes: [{ from: 2026-13-01T00:00Z, to: 2026-12-01T00:00Z, reason: x }]',
    /limits: freezes: from 2026-13-01T00:00Z to 2026-12-01T00:00Z is no time$/,
  ],
  [
    'limits.yaml',
    'freezes: [{ from: 2026-11-30T22:00+01:00, to: 2026-11-31T06:00+01:00, reason: x }]',
    /limits: freezes: from 2026-11-30T22:00\+01:00 to 2026-11-31T06:00\+01:00 is no time$/,
  ],
  ['capacity.json', '{ "tight": -1 }', /capacity: tight: .*; it is -1$/],
  ['capacity.json', '', /capacity: expected fields such as "tight": 400$/],
  ['intent.yaml', 'replicas: many', /intent\.yaml: intent: /],
])('%s with %s is refused in one line that names it', async (name, text, line) => {
  await put(name, text);
  await expect(read()).rejects.toThrow(line);
});

test('a file that is named must be there', async () => {
  await expect(read({ ATLAS_CAPACITY: join(home, 'none.json') })).rejects.toThrow(
    /none\.json cannot be read/,
  );
});

test('the example of the docs is a limits file, and the published schema is the one that is used', async () => {
  expect(parseLimits(await docs('limits.example.yaml'))).toMatchObject({
    ok: true,
    value: {
      freezes: [{ fromMs: Date.UTC(2026, 10, 30, 22), reason: 'stocktaking' }],
      allowedModules: ['cart', 'payment', 'shipping'],
    },
  });
  expect(JSON.parse(await docs('limits.schema.json'))).toEqual(JSON.parse(JSON.stringify(LimitsSchema)));
});

test('guardrails that are not there deny', async () => {
  const { guardrails } = await read({ ATLAS_GUARDRAILS: join(home, 'none.wasm') });
  expect(guardrails({ source: 'brain' } as never).allowed).toBe(false);
});
