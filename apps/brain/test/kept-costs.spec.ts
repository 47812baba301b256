import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joined, NO_RECORD, recalled, recorded, type KeptCosts } from '../src/costs/kept-costs.ts';
import { KNOWN, MODULES } from './scene.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 1_800_000_000_000;
const WHOSE = { modules: MODULES, machine: 'card ×4', build: 'b1' };
const LEARNED = { costs: KNOWN.costs, windows: KNOWN.windows, fit: KNOWN.fit };
const NOW = { site: KNOWN.site, nowMs: NOW_MS };
const KEPT: KeptCosts = {
  ...WHOSE,
  keptAtMs: NOW_MS - 60_000,
  learned: { atMs: NOW_MS - 90_000, ...LEARNED },
  record: { crashes: { cart: 2 }, days: 3, crashed: ['cart'] },
};
const throughJson = (kept: unknown): unknown => JSON.parse(JSON.stringify(kept));

test('what was kept is recalled, whatever the order of the modules', () => {
  const all = { record: KEPT.record, learned: KEPT.learned, prior: KNOWN.costs };
  expect(recalled(throughJson(KEPT), WHOSE, NOW)).toEqual(all);
  expect(recalled(KEPT, { ...WHOSE, modules: MODULES.toReversed() }, NOW)).toEqual(all);
  const none = { ...all, learned: null, prior: null };
  expect(recalled(throughJson({ ...KEPT, learned: null }), WHOSE, NOW)).toEqual(none);
});

test('of another build the costs are a prior, and the record counts a quarter', () => {
  const record = { crashes: { cart: 0.5 }, days: 0.75, crashed: ['cart'] };
  expect(recalled(KEPT, { ...WHOSE, build: 'b2' }, NOW)).toEqual({
    record,
    learned: null,
    prior: KNOWN.costs,
  });
});

test('two records are one, and who is down is known of the newer', () => {
  const later = { crashes: { cart: 1, catalog: 2 }, days: 1, crashed: [] };
  expect(joined(KEPT.record, later)).toEqual({ crashes: { cart: 3, catalog: 2 }, days: 4, crashed: [] });
  expect(joined(KEPT.record, NO_RECORD)).toEqual(KEPT.record);
});

test.each<[string, unknown]>([
  ['of other modules', { ...KEPT, modules: [...MODULES, 'orders'] }],
  ['of another machine', { ...KEPT, machine: 'card ×8' }],
  ['a week old', { ...KEPT, keptAtMs: NOW_MS - 8 * DAY_MS }],
  ['of a time to come', { ...KEPT, keptAtMs: NOW_MS + 8 * DAY_MS }],
  ['of nobody knows which code', { ...KEPT, build: undefined }],
  ['of no time', { ...KEPT, keptAtMs: null }],
  ['without its record', { ...KEPT, record: undefined }],
  [
    'with a cost that is none',
    { ...KEPT, learned: { atMs: NOW_MS, ...LEARNED, costs: { ...KNOWN.costs, waitMs: -1 } } },
  ],
  ['nothing', undefined],
  ['no object', 'kept'],
])('what is %s is forgotten', (_, stored) => {
  expect(recalled(throughJson(stored ?? null), WHOSE, NOW)).toBeUndefined();
});

test.each<[string, KeptCosts['learned']]>([
  ['are too old', { atMs: NOW_MS - 8 * DAY_MS, ...LEARNED }],
  [
    'cannot be searched with',
    {
      ...{ atMs: NOW_MS, ...LEARNED },
      costs: { ...KNOWN.costs, calls: [{ from: 'edge', to: 'orders', perRoot: 1 }] },
    },
  ],
])('of costs that %s the record of crashes stays', (_, learned) => {
  const { record } = KEPT;
  expect(recalled(throughJson({ ...KEPT, learned }), WHOSE, NOW)).toEqual({
    record,
    learned: null,
    prior: null,
  });
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
