import { expect, test, vi } from 'vitest';
import { optimise, type Intent } from '../src/index.ts';
import { SHOP } from './shop.ts';
import { tightOf } from './shops.ts';

const searches = vi.hoisted(() => ({ made: 0, cut: -1 }));
vi.mock(import('../src/search.ts'), async (original) => {
  const real = await original();
  const search: typeof real.search = (...asked) => {
    const found = real.search(...asked);
    searches.made += 1;
    return searches.made === searches.cut ? { ...found, exact: false } : found;
  };
  return { ...real, search };
});

const LOOSE: Intent = { latency_p99_ms: 100, daily_cost_usd: 5, availability: 99.9, replicas: 12 };
const heavily = { ...SHOP, rps: 1_500 };
const kindOf = (intent: Intent, cut: number): string => {
  Object.assign(searches, { made: 0, cut });
  return optimise(tightOf(heavily), heavily, intent).kind;
};

test.each([
  ['best', LOOSE],
  ['infeasible', { ...LOOSE, replicas: 1 }],
])('whichever of its searches ends before it is through, nothing is claimed: %s', (kind, intent) => {
  expect(kindOf(intent, -1)).toBe(kind);
  const all = searches.made;
  for (let cut = 1; cut <= all; cut += 1) expect(kindOf(intent, cut)).toBe('unknown');
});
