/** One real shop under load in which switches are tried one after another. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createPostgresStore, type ControlStore } from '@atlas/control-store';
import {
  assertEventually,
  builtFile,
  faultFileOf,
  removeHome,
  startShop,
  type Load,
  type Shop,
  type SwitchView,
  type Target,
} from '@atlas/e2e';
import type { LoadConfig } from '@atlas/load';
import { startLoad } from '@atlas/stack';
import { record, type Look } from './recording.ts';

/** Share of what the shop can do closed-loop, calm and saturated; what a calm load is at most, requests/s. */
const CALM_SHARE = 0.33;
const SATURATED_SHARE = 0.9;
const MOST_CALM_RPS = 150;
const CALIBRATION_S = 8;
const LOOK_EVERY_MS = 50;
const WITHIN = { withinMs: 60_000, everyMs: 250 };
/** Prepare 30 s, trial 60 s, revert. */
const TRIAL_OVER_MS = 150_000;

type Mix = LoadConfig['mix'];

export interface GroundOptions {
  readonly rate: number | null;
  readonly saturated: boolean;
  readonly seed: number;
}

/** A switch seen through to the end of its trial. */
export interface Tried {
  readonly view: SwitchView;
  readonly endedAt: number;
  readonly looks: readonly Look[];
}

const isOver = ({ trial, outcome, done }: SwitchView): boolean =>
  done ||
  outcome === 'reverted' ||
  outcome === 'aborted' ||
  outcome === 'unchanged' ||
  (trial !== null && trial.verdict !== 'failed');

export class Ground {
  readonly shop: Shop;
  readonly #options: GroundOptions;
  readonly #store: ControlStore;
  readonly #rates = new Map<Mix, number>();
  #load: Load | undefined;

  private constructor(shop: Shop, options: GroundOptions) {
    this.shop = shop;
    this.#options = options;
    this.#store = createPostgresStore({
      url: shop.stack.postgresUrl,
      role: 'control',
      applicationName: 'atlas-trials',
    });
  }

  /** Starts it all, without load. */
  static async open(options: GroundOptions): Promise<Ground> {
    const shop = await startShop((home) => ({ faults: `file:${faultFileOf(home)}` }));
    return new Ground(shop, options);
  }

  /** Requests/s that such customers make, found once by trying what the shop can do. */
  async rateOf(mix: Mix): Promise<number> {
    const rate = this.#rates.get(mix) ?? this.#options.rate ?? (await rateOf(this.shop, mix, this.#options));
    this.#rates.set(mix, rate);
    return rate;
  }

  /** Resolves when the load goes, in place of the one before. */
  async drive(mix: Mix): Promise<void> {
    const rate = await this.rateOf(mix);
    this.#load = await this.shop.load({ peakRps: rate, seed: this.#options.seed, mix, logFile: null });
    await this.#load.served(rate);
  }

  /** Requests of the load so far. */
  get requests(): number {
    return this.#load?.progress()?.requests ?? 0;
  }

  /** Ends everything that was started. @param keep leaves the folder of the shop, with all logs. */
  async close(keep: boolean): Promise<void> {
    await this.#store.close();
    await this.shop.end();
    if (!keep) await removeHome(this.shop.home);
  }

  arm = (rule: string): Promise<void> => writeFile(faultFileOf(this.shop.home), rule);

  disarm = (): Promise<void> => rm(faultFileOf(this.shop.home), { force: true });

  /** Lets the shape in force have a past. */
  rest = (ms: number, signal: AbortSignal): Promise<void> => wait(ms, undefined, { signal });

  /** Proposes, and sees it through to the end of its trial. @param onCommit its layout is in force now. */
  async through(
    target: Target,
    {
      signal,
      onCommit,
    }: { readonly signal: AbortSignal; readonly onCommit?: (epoch: number) => Promise<void> },
  ): Promise<Tried> {
    const key = `trials-${Math.random()}`;
    const { control } = this.shop;
    const { id } = await assertEventually('the switch is taken', () => control.propose(target, key), WITHIN);
    const over = new AbortController();
    let looks: Promise<Look[]> = Promise.resolve([]);
    let view = await control.get(id);
    try {
      for (let begun = false, end = Date.now() + TRIAL_OVER_MS; !isOver(view); view = await control.get(id)) {
        if (Date.now() > end) throw new Error(`switch ${id} is still ${view.phase}`);
        if (!begun && view.committedAt !== null && view.epoch !== null) {
          begun = true;
          looks = record(this.#store, view.epoch, over.signal);
          looks.catch(() => undefined); // awaited below
          await onCommit?.(view.epoch);
        }
        await wait(LOOK_EVERY_MS, undefined, { signal });
      }
    } finally {
      over.abort();
    }
    return { view, endedAt: Date.now(), looks: await looks };
  }
}

/** @throws StackError when the load driver could not start or died */
async function rateOf(shop: Shop, mix: Mix, { saturated }: GroundOptions): Promise<number> {
  let rps = 0;
  const load = await startLoad({
    main: builtFile('load'),
    config: {
      edgeUrl: shop.stack.edgeUrl,
      mode: 'steady',
      mix,
      peakRps: 'auto',
      calibrationS: CALIBRATION_S,
      durationS: 1,
    },
    logFile: join(shop.home, 'logs', 'calibration.log'),
    onLine: (line) => {
      if (line.type === 'calibration') rps = line.rps;
    },
  });
  try {
    await load.begun; // told after the calibration
    return Math.round(saturated ? rps * SATURATED_SHARE : Math.min(MOST_CALM_RPS, rps * CALM_SHARE));
  } finally {
    await load.kill();
  }
}
