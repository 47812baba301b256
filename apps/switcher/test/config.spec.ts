import { availableParallelism } from 'node:os';
import type { StackFile } from '@atlas/platform-stack';
import { describe, expect, it } from 'vitest';
import { shopOf } from '../src/switcher.config.ts';

const app = { main: '/dist/app/main.js', env: {} };
const stack: StackFile = {
  build: 'b',
  storeUrl: 'postgres://x',
  controlPort: 0,
  driver: 'process',
  operatorToken: 'operator-token-of-the-test',
  bundle: 'shop',
  modules: ['cart', 'orders'],
  hybrid: ['cart'],
  apps: { shop: { ...app, env: { ATLAS_POOL_BUDGET: '24' } }, cart: app, orders: app },
};

describe('the shop of a stack file', () => {
  it('has the modules that the file names, whatever they are', () => {
    expect(shopOf(stack)).toEqual({
      bundle: 'shop',
      modules: ['cart', 'orders'],
      hybrid: ['cart'],
      poolBudget: 24,
      keepWarmMs: 0,
      autonomy: 0,
      coldStartsAtOnce: Math.max(1, availableParallelism() - 1),
    });
    expect(shopOf({ ...stack, apps: { shop: app, cart: app, orders: app } }).poolBudget).toBe(60);
    expect(shopOf({ ...stack, autonomy: 4, start: 's1' })).toMatchObject({ autonomy: 4, start: 's1' });
    expect(shopOf({ ...stack, trialMostMs: 3_000 }).trialMostMs).toBe(3_000);
  });

  it('is refused when an app is missing or hybrid names a stranger', () => {
    expect(() => shopOf({ ...stack, apps: { shop: app, cart: app } })).toThrow('apps has no "orders"');
    expect(() => shopOf({ ...stack, hybrid: ['moon'] })).toThrow('hybrid names "moon"');
  });
});
