/**
 * One run: look at the shelves, calibrate when asked, load, settle, sum up.
 *
 * L1  Arrivals depend on plan and seed only, never on answers.
 * L2  Every customer's request counts and is written down, also of calibration and settling; latencies are the load's
 *     alone. Only the first look at the shelves is no customer's.
 * L3  However it ends, the summary comes last.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { arrivals, meanRate, passMs, rateAt, replayPlan, steadyPlan, type RatePlan } from './arrivals.ts';
import { described, textField } from './answer.ts';
import { calibrate, type Calibration } from './calibration.ts';
import { nowMs } from './clock.ts';
import { Exchange } from './exchange.ts';
import { OpenLoop } from './open-loop.ts';
import { Population } from './population.ts';
import type { LoadConfig, LoadLine, SummaryLine } from './protocol.ts';
import { seededRandom } from './random.ts';
import type { RequestLog } from './request-log.ts';
import { settle } from './settle.ts';
import { Shelf } from './shelf.ts';
import type { ShopClient } from './shop-client.ts';
import { SlowCardPace } from './slow-card.ts';
import { Tally } from './tally.ts';
import { readTrace } from './trace.ts';

/** Pages of 100 products looked at before the start. */
const SHELF_PAGES = 20;

export interface LoadRunParts {
  readonly client: ShopClient;
  readonly log: RequestLog;
  readonly emit: (line: LoadLine) => void;
}

export class LoadRun {
  readonly #config: LoadConfig;
  readonly #parts: LoadRunParts;
  readonly #tally = new Tally();
  readonly #exchange: Exchange;
  readonly #shelf = new Shelf();
  readonly #hurry = new AbortController();
  readonly #starting = new AbortController();
  #loop: OpenLoop | undefined;
  #stopped = false;

  constructor(config: LoadConfig, parts: LoadRunParts) {
    this.#config = config;
    this.#parts = parts;
    this.#exchange = new Exchange({ ...parts, tally: this.#tally });
  }

  /** Ends the load; `settles: false` also leaves pending orders alone. */
  stop(options: { readonly settles: boolean }): void {
    this.#stopped = true;
    if (!options.settles) this.#hurry.abort();
    this.#starting.abort();
    this.#loop?.stop();
  }

  /** @throws Error when the trace cannot be read or the shop has no products to show; nothing was loaded then. */
  async run(): Promise<SummaryLine> {
    const config = this.#config;
    const rates = config.mode === 'steady' ? [] : await readTrace(config.trace);
    await this.#lookAround();
    const peakRps = config.peakRps === 'auto' ? await this.#calibrated() : config.peakRps;
    if (config.peakRps !== 'auto' && config.warmUpS > 0) await this.#closedLoop(config.warmUpS);
    const plan =
      config.mode === 'steady'
        ? steadyPlan(peakRps, config.durationS)
        : replayPlan(rates, {
            durationS: config.durationS,
            peakRps,
            repeats: config.mode === 'continuous',
          });
    const load = await this.#load(plan, peakRps);
    const pendingOrders = this.#exchange.pending.size;
    this.#parts.emit({ type: 'settling', at: nowMs(), pendingOrders });
    const unsettled = await settle(this.#exchange, config.settleS, this.#hurry.signal);
    return this.#summary({ ...load, peakRps, unsettled });
  }

  async #lookAround(): Promise<void> {
    let cursor: string | null = '';
    for (let page = 0; page < SHELF_PAGES && cursor !== null; page++) {
      const after = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const path = `/api/products?limit=100${after}`;
      const answer = await this.#parts.client.send({
        method: 'GET',
        path,
        token: null,
        key: null,
        body: null,
      });
      if (answer.status !== 200) {
        throw new Error(`the shop shows no products: ${answer.broken?.detail ?? described(answer)}`);
      }
      this.#shelf.learn(answer.body);
      cursor = textField(answer.body, 'nextCursor');
    }
    if (this.#shelf.size === 0) throw new Error('the shop has no products');
  }

  async #calibrated(): Promise<number> {
    const measured = await this.#closedLoop(this.#config.calibrationS);
    this.#parts.emit({ type: 'calibration', ...measured });
    return measured.peakRps;
  }

  #closedLoop(seconds: number): Promise<Calibration> {
    const { seed, mix } = this.#config;
    const stopped = (): boolean => this.#stopped;
    return calibrate(this.#exchange, this.#shelf, { seed, mix, seconds, stopped });
  }

  async #load(plan: RatePlan, peakRps: number): Promise<LoadTimes> {
    const population = new Population(this.#config, this.#shelf);
    await this.#dueStart();
    const startMs = nowMs();
    const pace = new SlowCardPace(this.#config.slowCard);
    let sent = 0;
    const fire = (dueMs: number): void => {
      const turn = population.next(nowMs());
      const { customer, step } = turn;
      if (step === 'checkout') customer.card = pace.choose(customer.card, nowMs());
      sent += 1;
      void this.#exchange.run('load', turn, dueMs).then(() => population.answered(customer, nowMs()));
    };
    const loop = new OpenLoop(arrivals(plan, seededRandom(this.#config.seed, 'arrivals')), fire);
    this.#loop = loop;
    if (this.#stopped) loop.stop();
    const durationS = plan.repeats ? null : passMs(plan) / 1_000;
    this.#parts.emit({ type: 'start', at: startMs, durationS, peakRps, meanRps: meanRate(plan) });
    const busyBefore = this.#tally.checkouts.totalMs(startMs);
    const ticking = this.#tick(plan, startMs, () => sent);
    await loop.run(startMs);
    const seconds = (nowMs() - startMs) / 1_000;
    const busyMs = this.#tally.checkouts.totalMs(nowMs()) - busyBefore;
    await this.#exchange.idle();
    clearInterval(ticking);
    return { seconds, sent, checkoutBusy: seconds === 0 ? 0 : busyMs / 1_000 / seconds };
  }

  async #dueStart(): Promise<void> {
    const { startAtMs } = this.#config;
    if (startAtMs === null || this.#stopped) return;
    const { signal } = this.#starting;
    await wait(Math.max(0, startAtMs - nowMs()), undefined, { signal }).catch(() => undefined);
  }

  #tick(plan: RatePlan, startMs: number, sentSoFar: () => number): NodeJS.Timeout {
    const tally = this.#tally;
    let last = { at: startMs, sent: 0, busyMs: tally.checkouts.totalMs(startMs) };
    return setInterval(() => {
      const at = nowMs();
      const now = { at, sent: sentSoFar(), busyMs: tally.checkouts.totalMs(at) };
      const pastMs = at - last.at;
      const elapsedMs = at - startMs;
      this.#parts.emit({
        type: 'progress',
        at,
        elapsedS: elapsedMs / 1_000,
        fraction: plan.repeats ? null : Math.min(1, elapsedMs / passMs(plan)),
        rps: ((now.sent - last.sent) * 1_000) / pastMs,
        plannedRps: rateAt(plan, elapsedMs),
        ...tally.recent.tick(),
        requests: tally.requests,
        failed: tally.failed,
        paid: tally.paid,
        inFlight: tally.inFlight,
        checkoutsInFlight: tally.checkouts.active,
        checkoutBusy: (now.busyMs - last.busyMs) / pastMs,
        pendingOrders: this.#exchange.pending.size,
        epoch: tally.epoch,
        mode: tally.mode,
      });
      last = now;
    }, 1_000);
  }

  #summary(run: LoadTimes & { readonly peakRps: number; readonly unsettled: number }): SummaryLine {
    const { paid, declined, outOfStock, pending } = this.#tally;
    return {
      type: 'summary',
      at: nowMs(),
      stoppedEarly: this.#stopped,
      seconds: run.seconds,
      meanRps: run.seconds === 0 ? 0 : run.sent / run.seconds,
      peakRps: run.peakRps,
      ...this.#tally.summary(),
      orders: { paid, declined, outOfStock, pending, unsettled: run.unsettled },
      checkoutBusy: run.checkoutBusy,
    };
  }
}

interface LoadTimes {
  /** From the start to the last arrival. */
  readonly seconds: number;
  readonly sent: number;
  readonly checkoutBusy: number;
}
