import { describe, expect, it } from 'vitest';
import { failed, fine } from '../src/answer.ts';
import { Customer } from '../src/customer.ts';
import { journeys } from '../src/journey.ts';
import { seededRandom } from '../src/random.ts';
import { Shelf } from '../src/shelf.ts';
import { Tally, type Ended } from '../src/tally.ts';

const random = seededRandom(1, 'tally');
const customer = new Customer(journeys(random).next().value, new Shelf(), random);

/** Due at 1,000; sent half a second late; answered 200 ms after that. */
function end(tally: Tally, more: Partial<Ended> = {}): void {
  const times = { sent: 1_500, done: 1_700 };
  const answer = { status: 200, body: {}, epoch: 7, mode: 'tight', rootId: '1', broken: null, ...times };
  const ended: Ended = {
    customer,
    step: 'list',
    phase: 'load',
    scheduled: 1_000,
    answer,
    verdict: fine,
    ...more,
  };
  tally.began(ended, times.sent);
  tally.ended(ended);
}

/** Buckets are 2 % wide. */
function expectAbout(told: number | null | undefined, ms: number): void {
  expect(told).toBeGreaterThanOrEqual(ms);
  expect(told).toBeLessThanOrEqual(1.021 * ms);
}

describe('what a run counts', () => {
  it('takes the time from when a request was due, however late it was sent, and tells that lateness', () => {
    const tally = new Tally();
    end(tally);
    const { p50Ms, p99Ms, sendDelayP99Ms, byMode } = tally.summary();
    for (const told of [p50Ms, p99Ms, byMode['tight']?.p99Ms, tally.recent.tick().p99Ms])
      expectAbout(told, 700);
    expectAbout(sendDelayP99Ms, 500);
  });

  it('counts what warmed the shop up, and what was asked after the load, but not how long that took', () => {
    const tally = new Tally();
    const wrong = failed('wrong_answer', 'the answer is no cart');
    end(tally, { phase: 'calibration', verdict: wrong });
    end(tally, { phase: 'settle' });
    const summary = tally.summary();
    expect(summary).toMatchObject({ requests: 2, failed: 1, p50Ms: null, p99Ms: null, byMode: {} });
    expect(summary.failures.wrong_answer).toBe(1);
    expect(tally.recent.tick().p99Ms).toBeNull();
  });

  it('knows the newest epoch, whatever answers come late', () => {
    const tally = new Tally();
    const answer = { status: 200, body: {}, rootId: '1', broken: null, sent: 1, done: 2 };
    end(tally, { answer: { ...answer, epoch: 8, mode: 'loose' } });
    end(tally, { answer: { ...answer, epoch: 7, mode: 'tight' } });
    expect([tally.epoch, tally.mode]).toEqual([8, 'loose']);
  });
});
