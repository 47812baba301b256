import { nowMs } from './clock.ts';
import { Customer } from './customer.ts';
import type { Exchange } from './exchange.ts';
import { journeys, type MixName } from './journey.ts';
import { Histogram } from './latency.ts';
import { seededRandom } from './random.ts';
import type { Shelf } from './shelf.ts';

/** Customers without think time, each waiting for its answer: what the shop can do when it is never idle. */
const CUSTOMERS = 16;
/** The busiest second counts: a shop that has just started gets faster by the second. */
const WINDOW_MS = 1_000;
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
  options: {
    readonly seed: number;
    readonly mix: MixName;
    readonly seconds: number;
    readonly stopped: () => boolean;
  },
): Promise<Calibration> {
  const random = seededRandom(options.seed, 'calibration');
  const scripts = journeys(random, options.mix);
  const begin = nowMs();
  const end = begin + options.seconds * 1_000;
  const windowMs = Math.min(WINDOW_MS, options.seconds * 1_000);
  const answered: number[] = [];
  const latency = new Histogram();
  const count = (sent: number, done: number): void => {
    latency.record(done - sent);
    const window = Math.floor((done - begin) / windowMs);
    answered[window] = (answered[window] ?? 0) + 1;
  };
  const visit = async (): Promise<void> => {
    const journey = scripts.next().value;
    const card = journey.card === 'tok_timeout' ? 'tok_ok' : journey.card;
    const customer = new Customer({ ...journey, card }, shelf, random);
    for (let step = customer.step; step !== undefined && nowMs() < end; step = customer.step) {
      const sent = nowMs();
      const { failure } = await exchange.run('calibration', { customer, step }, sent);
      if (failure === null) count(sent, nowMs()); // a shop that refuses is quick, and bears nothing
    }
  };
  const visits = async (): Promise<void> => {
    while (nowMs() < end && !options.stopped()) await visit();
  };
  await Promise.all(Array.from({ length: CUSTOMERS }, visits));
  const rps = (Math.max(0, ...answered.filter(Boolean)) * 1_000) / windowMs;
  return { rps, p50Ms: latency.percentile(0.5), peakRps: peakFrom(rps) };
}
