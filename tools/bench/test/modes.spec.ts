import type { RequestRecord } from '@atlas/load';
import { describe, expect, it } from 'vitest';
import { modes, valuesOf, type Stay } from '../src/benches/modes.ts';

const request = (scheduled: number, ms: number, route: string): RequestRecord => ({
  ...{ phase: 'load', scheduled, sent: scheduled, done: scheduled + ms, method: 'GET', route, status: 200 },
  ...{
    failed: false,
    epoch: 1,
    mode: 'tight',
    rootId: null,
    journey: 1,
    key: null,
    orderId: null,
    totalCents: null,
    cancelled: false,
  },
});

/** Three stays of a second: ten product pages and ten checkouts in each, slower and dearer in the later ones. */
const stays: Stay[] = (['tight', 'loose', 'tight2'] as const).map((mode, n) => ({
  ...{ mode, window: { from: n * 1_000, to: (n + 1) * 1_000 }, cpuMs: 40 * (n + 1) },
}));
const requests = stays.flatMap(({ window }, n) =>
  Array.from({ length: 10 }, (_, i) => [
    request(window.from + i, 2 * (n + 1), 'GET /api/products/{id}'),
    request(window.from + i, 10 * (n + 1), 'POST /api/carts/{id}/checkout'),
  ]).flat(),
);

describe('the shop in its modes', () => {
  const { values } = valuesOf(stays, requests);

  it('has a value for each of its rows, and no other', () => {
    expect(Object.keys(values).sort()).toEqual(modes.rows.map(({ name }) => name).sort());
    expect(Object.values(values).every(Number.isFinite)).toBe(true);
  });

  it('counts CPU by the requests of the same stay, and compares modes', () => {
    expect(values).toMatchObject({
      'modes.tight.cpuMs': 2,
      'modes.loose.cpuMs': 4,
      'modes.cpuLooseVsTight': 2,
      'modes.cpuTight2VsTight': 3,
    });
  });

  it('keeps browsing and checkouts apart', () => {
    expect(values).toMatchObject({
      'modes.tight.browse.p50Ms': 2,
      'modes.tight.checkout.p50Ms': 10,
      'modes.loose.checkout.p99Ms': 20,
      'modes.checkout.p50LooseVsTight': 2,
    });
  });
});
