import { nowMs } from './clock.ts';
import { Customer } from './customer.ts';
import type { Exchange } from './exchange.ts';
import { journeys } from './journey.ts';
import { Histogram } from './latency.ts';
import { seededRandom } from './random.ts';
import type { Shelf } from './shelf.ts';

/** Customers without think time, each waiting for its answer: what the shop can do when it is never idle. */
const CUSTOMERS = 16;
/** The first part warms up caches and compilers and does not count. */
const WARM_UP_SHARE = 0.2;
/** Highest peak that a replay chooses by itself, and the share of the calibrated rate that it may take. */
const MOST_RPS = 300;
const SHARE_OF_CAPACITY = 0.4;

export interface Calibration {
  readonly rps: number;
  readonly p50Ms: number | null;
  readonly peakRps: number;
}

/** min(300, 40 % of what was measured), at least 1. */
export const peakFrom = (rps: number): number => Math.max(1, Math.min(MOST_RPS, SHARE_OF_CAPACITY * rps));

/** Drives the shop closed-loop for `seconds`; the slow card stays out, it would measure the bank. */
export async function calibrate(
  exchange: Exchange,
  shelf: Shelf,
  options: { readonly seed: number; readonly seconds: number; readonly stopped: () => boolean },
): Promise<Calibration> {
  const random = seededRandom(options.seed, 'calibration');
  const scripts = journeys(random);
  const begin = nowMs();
  const [countFrom, end] = [begin + options.seconds * WARM_UP_SHARE * 1_000, begin + options.seconds * 1_000];
  const latency = new Histogram();
  const visit = async (): Promise<void> => {
    const journey = scripts.next().value;
    const card = journey.card === 'tok_timeout' ? 'tok_ok' : journey.card;
    const customer = new Customer({ ...journey, card }, shelf, random);
    for (let step = customer.step; step !== undefined && nowMs() < end; step = customer.step) {
      const sent = nowMs();
      await exchange.run('calibration', { customer, step }, sent);
      if (sent >= countFrom) latency.record(nowMs() - sent);
    }
  };
  const visits = async (): Promise<void> => {
    while (nowMs() < end && !options.stopped()) await visit();
  };
  await Promise.all(Array.from({ length: CUSTOMERS }, visits));
  const rps = latency.count / ((nowMs() - countFrom) / 1_000);
  return { rps, p50Ms: latency.percentile(0.5), peakRps: peakFrom(rps) };
}
