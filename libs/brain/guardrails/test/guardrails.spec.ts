import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tightLayout, type Layout } from '@atlas/control-layout';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadGuardrails, type Asked, type Limits } from '../src/index.ts';
import { sentenceOf } from '../src/sentence.ts';

const policies = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../../infra/policies/${name}`, import.meta.url)));
const judge = await loadGuardrails(policies('guardrails.wasm'));

const FROM = tightLayout(['cart', 'catalog']);
const TO: Layout = {
  ...FROM,
  placements: { cart: 'service', catalog: 'bundle' },
  instances: { bundle: 1, cart: 2 },
};
const LIMITS: Limits = {
  freezes: [],
  mostInstances: 2,
  mostHosts: 3,
  leastBetweenMs: 60_000,
  allowedModules: null,
  mostUsdPerDay: null,
};
const NOW = Date.UTC(2026, 10, 27);
const asked = (change: Partial<Asked> = {}, limits: Partial<Limits> = {}): Asked => ({
  source: 'brain',
  atMs: NOW,
  lastSwitchAtMs: null,
  usdPerDay: 4,
  from: FROM,
  to: TO,
  limits: { ...LIMITS, ...limits },
  ...change,
});
const told = (change: Partial<Asked>, limits: Partial<Limits> = {}) => judge(asked(change, limits)).because;

test('the Wasm was built from the policy that stands beside it', () => {
  const built = JSON.parse(Buffer.from(policies('guardrails.json')).toString()) as Record<string, string>;
  const hash = (name: string): string => createHash('sha256').update(policies(name)).digest('hex');
  expect({ rego: hash('guardrails.rego'), wasm: hash('guardrails.wasm') }).toEqual({
    rego: built.rego,
    wasm: built.wasm,
  });
});

test('a proposal within the limits is allowed', () => {
  expect(judge(asked())).toEqual({ allowed: true, because: [] });
});

test('each limit denies in one sentence', () => {
  const freezes = [{ fromMs: NOW - 1, toMs: NOW + 3_600_000, reason: 'stocktaking' }];
  expect(told({}, { freezes })).toEqual(['frozen until 2026-11-27T01:00:00.000Z: stocktaking']);
  expect(told({}, { mostInstances: 1 })).toEqual(['2 instances of cart, at most 1']);
  expect(told({}, { mostHosts: 2 })).toEqual(['3 hosts, at most 2']);
  expect(told({ lastSwitchAtMs: NOW - 5_000 })).toEqual(['5 s after the last switch, at least 60 s']);
  expect(told({}, { allowedModules: ['catalog'] })).toEqual(['cart may not be moved']);
  expect(told({}, { mostUsdPerDay: 3.5 })).toEqual(['4 USD a day, at most 3.5']);
  expect(told({ usdPerDay: null }, { mostUsdPerDay: 3 })).toEqual([
    'the cost is not known, at most 3 USD a day',
  ]);
});

test('all that is broken is told', () => {
  const { allowed, because } = judge(asked({ lastSwitchAtMs: NOW }, { mostInstances: 1, mostHosts: 1 }));
  expect([allowed, because.length]).toEqual([false, 3]);
});

/** The same rules once more, as plain as can be. */
function expected({ source, atMs, lastSwitchAtMs, usdPerDay, from, to, limits }: Asked): boolean {
  if (source === 'emergency' || source === 'revert') return true;
  const counts = Object.values(to.instances);
  const moved = Object.keys(to.placements).filter((name) => to.placements[name] !== from.placements[name]);
  return (
    !limits.freezes.some(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs) &&
    counts.every((count) => count <= limits.mostInstances) &&
    counts.reduce((sum, count) => sum + count, 0) <= limits.mostHosts &&
    (lastSwitchAtMs === null || (lastSwitchAtMs <= atMs && atMs - lastSwitchAtMs >= limits.leastBetweenMs)) &&
    moved.every((name) => limits.allowedModules?.includes(name) ?? true) &&
    (limits.mostUsdPerDay === null || (usdPerDay !== null && usdPerDay <= limits.mostUsdPerDay))
  );
}

const few = fc.integer({ min: 0, max: 5 });
const place = fc.constantFrom('bundle' as const, 'service' as const);
const layout = fc
  .record({ cart: place, catalog: place })
  .chain((placements) =>
    fc.record({ bundle: few, cart: few }).map((instances): Layout => ({ ...FROM, placements, instances })),
  );
const limits: fc.Arbitrary<Limits> = fc.record({
  freezes: fc.array(fc.record({ fromMs: few, toMs: few, reason: fc.string() }), { maxLength: 2 }),
  mostInstances: fc.integer({ min: 1, max: 6 }),
  mostHosts: fc.integer({ min: 1, max: 12 }),
  leastBetweenMs: few,
  allowedModules: fc.option(fc.subarray(['cart', 'catalog'])),
  mostUsdPerDay: fc.option(few),
});
const source = fc.constantFrom(
  'brain' as const,
  'operator' as const,
  'emergency' as const,
  'revert' as const,
);

test('the policy decides as its rules say', () => {
  const allowed = { yes: 0, no: 0 };
  fc.assert(
    fc.property(
      fc.record({
        source,
        atMs: few,
        lastSwitchAtMs: fc.option(few),
        usdPerDay: fc.option(few),
        from: layout,
        to: layout,
        limits,
      }),
      (any) => {
        const verdict = judge(any);
        allowed[verdict.allowed ? 'yes' : 'no'] += 1;
        expect(verdict.allowed).toBe(expected(any));
        expect(verdict.because.length > 0).toBe(!verdict.allowed);
      },
    ),
    { numRuns: 1_000 },
  );
  expect(Math.min(allowed.yes, allowed.no)).toBeGreaterThan(100);
});

test('R1: what is not understood is denied, with any field missing or absurd', () => {
  const sentence = 'what is proposed is incomplete or makes no sense';
  for (const field of Object.keys(asked()) as (keyof Asked)[])
    for (const absurd of [undefined, 'x', {}, NaN])
      expect(judge({ ...asked(), [field]: absurd }).allowed, `${field} ${String(absurd)}`).toBe(false);
  for (const field of Object.keys(LIMITS) as (keyof Limits)[])
    for (const absurd of [undefined, 'x', {}, NaN])
      expect(judge(asked({}, { [field]: absurd })).allowed, `${field} ${String(absurd)}`).toBe(false);
  expect(told({ lastSwitchAtMs: NOW + 1 })).toContain(sentence);
});

test('R1, R2: a policy that cannot be loaded, or answers nonsense, denies all but emergencies and reverts', async () => {
  const broken = await loadGuardrails(new Uint8Array([1, 2, 3]));
  expect(broken(asked()).allowed).toBe(false);
  expect(broken(asked()).because[0]).toMatch(/^the policy failed: /);
  expect(broken(asked({ source: 'emergency' })).allowed).toBe(true);
  expect(broken(asked({ source: 'revert' })).allowed).toBe(true);
});

test('R1: a policy that fails while it decides denies', () => {
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  expect(judge({ ...asked(), limits: loop as unknown as Limits }).because[0]).toMatch(/^the policy failed: /);
  expect(judge(asked()).allowed).toBe(true);
});

test('a rule without words is shown as it is', () => {
  expect(sentenceOf({ rule: 'toString', x: 1 })).toBe('broken: {"rule":"toString","x":1}');
});
