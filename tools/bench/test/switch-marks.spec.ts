import type { RequestRecord } from '@atlas/load';
import { expect, it } from 'vitest';
import type { Mark } from '../src/shop-run.ts';
import { commitsToRouted, dueWithin, hostStarts, p99Within } from '../src/switch-marks.ts';

const mark = (at: number, of: string, msg: string, fields: Mark['fields'] = {}): Mark => ({
  ...{ at, of, msg, fields },
});
const EDGES = ['shop-0', 'shop-1'];

it('a commit is routed when the last edge admits under it, counted from when it was sent', () => {
  const marks = [
    mark(1_010, 'switcher', 'commit answered', { epoch: 2, ms: 4 }),
    mark(1_012, 'shop-0', 'epoch in force', { epoch: 2 }),
    mark(1_030, 'shop-1', 'epoch in force', { epoch: 2 }),
    mark(1_900, 'cart-0', 'epoch in force', { epoch: 2 }),
    mark(2_000, 'switcher', 'commit answered', { epoch: 3, ms: 4 }),
    mark(2_005, 'shop-0', 'epoch in force', { epoch: 3 }),
  ];
  expect([...commitsToRouted(marks, EDGES)]).toEqual([[2, 1_030 - 1_006]]);
});

it('a start lasts from the order until its own host is ready, not that of the start before', () => {
  const marks = [
    mark(100, 'switcher', 'host started', { instance: 'cart-0', ms: 20 }),
    mark(400, 'cart-0', 'ready'),
    mark(1_000, 'switcher', 'host started', { instance: 'cart-0', ms: 10 }),
    mark(1_001, 'switcher', 'host started', { instance: 'payment-0', ms: 10 }),
    mark(1_200, 'cart-0', 'ready'),
  ];
  expect(hostStarts(marks)).toEqual([
    { instance: 'cart-0', ms: 320 },
    { instance: 'cart-0', ms: 210 },
  ]);
});

/** Due then, answered so much later. */
const request = (scheduled: number, ms: number): RequestRecord =>
  ({ scheduled, sent: scheduled + ms - 1, done: scheduled + ms }) as RequestRecord;

it('a request counts where it was due, each once, with all of its time from then on', () => {
  const requests = [request(9, 1_000), request(10, 50), request(19, 30), request(20, 1_000)];
  const twice = [
    { from: 10, to: 20 },
    { from: 15, to: 20 },
  ];
  expect(dueWithin(requests, twice).map(({ scheduled }) => scheduled)).toEqual([10, 19]);
  expect(p99Within(requests, twice)).toBeCloseTo(49.8);
});
