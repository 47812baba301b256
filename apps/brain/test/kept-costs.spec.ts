import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_RECORD, recalled, recorded, type KeptCosts } from '../src/costs/kept-costs.ts';
import { KNOWN, MODULES } from './scene.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 1_800_000_000_000;
const WHOSE = { modules: MODULES, machine: 'card ×4' };
const NOW = { site: KNOWN.site, nowMs: NOW_MS };
const KEPT: KeptCosts = {
  ...WHOSE,
  keptAtMs: NOW_MS - 60_000,
  learned: { atMs: NOW_MS - 90_000, costs: KNOWN.costs },
  record: { crashes: { cart: 2 }, days: 3, crashed: ['cart'] },
};
const throughJson = (kept: unknown): unknown => JSON.parse(JSON.stringify(kept));

test('what was kept is recalled, whatever the order of the modules', () => {
  expect(recalled(throughJson(KEPT), WHOSE, NOW)).toEqual(KEPT);
  expect(recalled(KEPT, { ...WHOSE, modules: MODULES.toReversed() }, NOW)).toEqual(KEPT);
  expect(recalled(throughJson({ ...KEPT, learned: null }), WHOSE, NOW)?.learned).toBeNull();
});

test.each<[string, unknown]>([
  ['of other modules', { ...KEPT, modules: [...MODULES, 'orders'] }],
  ['of another machine', { ...KEPT, machine: 'card ×8' }],
  ['a week old', { ...KEPT, keptAtMs: NOW_MS - 8 * DAY_MS }],
  ['of a time to come', { ...KEPT, keptAtMs: NOW_MS + 8 * DAY_MS }],
  ['of no time', { ...KEPT, keptAtMs: null }],
  ['without its record', { ...KEPT, record: undefined }],
  ['with a cost that is none', { ...KEPT, learned: { atMs: NOW_MS, costs: { ...KNOWN.costs, waitMs: -1 } } }],
  ['nothing', undefined],
  ['no object', 'kept'],
])('what is %s is forgotten', (_, stored) => {
  expect(recalled(throughJson(stored ?? null), WHOSE, NOW)).toBeUndefined();
});

test.each<[string, KeptCosts['learned']]>([
  ['are too old', { atMs: NOW_MS - 8 * DAY_MS, costs: KNOWN.costs }],
  [
    'cannot be searched with',
    { atMs: NOW_MS, costs: { ...KNOWN.costs, calls: [{ from: 'edge', to: 'orders', perRoot: 1 }] } },
  ],
])('of costs that %s the record of crashes stays', (_, learned) => {
  expect(recalled(throughJson({ ...KEPT, learned }), WHOSE, NOW)).toEqual({ ...KEPT, learned: null });
});

test('a module that goes down crashes once, however long it stays down', () => {
  const downs = [[], ['cart'], ['cart'], ['cart', 'catalog'], [], ['cart']];
  const record = downs.reduce((before, crashed) => recorded(before, crashed, DAY_MS), NO_RECORD);
  expect(record).toEqual({ crashes: { cart: 2, catalog: 1 }, days: 6, crashed: ['cart'] });
});

test('the record fades after ninety days: a rate of crashes that stays is learned whatever was before', () => {
  const day = (before: typeof NO_RECORD): typeof NO_RECORD =>
    recorded(recorded(before, ['cart'], DAY_MS / 2), [], DAY_MS / 2);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), (crashes) => {
      let record: typeof NO_RECORD = { crashes: { cart: crashes }, days: 90, crashed: [] };
      for (let i = 0; i < 2_000; i += 1) record = day(record);
      expect(record.days).toBe(90);
      expect((record.crashes['cart'] ?? 0) / record.days).toBeCloseTo(1, 1);
    }),
    { numRuns: 5 },
  );
});
