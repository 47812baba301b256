/** Looks at store and driver, and remembers the last look: what the API shows while the store is away. */
import {
  HintTrust,
  LEASE_MS,
  type ControlStore,
  type Hint,
  type StoreState,
  type TallyRow,
} from '@atlas/control-store';
import {
  isQuiet,
  remembered,
  talliesOf,
  TRIAL_MOST_MS,
  type Observation,
  type Prewarm,
  type ShopShape,
  type TrialLook,
} from '../machine/index.ts';
import type { RuntimeDriver } from '../ports/runtime-driver.ts';
import { LayoutCache, observe, type ObserveInput } from './observe.ts';
import type { StoreLedger } from './store-ledger.ts';

export interface LookoutParts {
  readonly store: ControlStore;
  readonly driver: RuntimeDriver;
  readonly ledger: StoreLedger;
  readonly shop: ShopShape;
  /** Monotonic, ms. */
  readonly clock: () => number;
  /** What the store and the driver do not know. */
  readonly own: () => Pick<ObserveInput, 'open' | 'abortRequests'> & { readonly prewarm: Prewarm | null };
}

export class Lookout {
  readonly #parts: LookoutParts;
  readonly #layouts: LayoutCache;
  readonly #hints = new HintTrust();
  #last: { readonly seen: Observation; readonly at: number } | undefined;
  #contactSince: number | undefined;
  #earlier: readonly TrialLook[] = [];

  constructor(parts: LookoutParts) {
    this.#parts = parts;
    this.#layouts = new LayoutCache(parts.store);
  }

  /** The last observation, however old. */
  get last(): Observation | undefined {
    return this.#last?.seen;
  }

  /** Whether the last contact with the store went well, and how old the last look is, ms. */
  contact(): { readonly contact: boolean; readonly ageMs: number } {
    const ageMs = this.#last ? Math.round(this.#parts.clock() - this.#last.at) : 0;
    return { contact: this.#contactSince !== undefined, ageMs };
  }

  /** Of the store. That the link was lost for a time says nothing of what it brings now. */
  hinted(hint: Hint): void {
    if (hint !== 'outage') this.#hints.hint();
  }

  /** As of the last look nothing is under way, and whatever comes will be told. */
  get quiet(): boolean {
    if (this.#last === undefined || this.#contactSince === undefined || !this.#hints.holds) return false;
    return isQuiet(this.#last.seen);
  }

  /** Says that the store could not be reached. @returns whether that is news. */
  lost(): boolean {
    const news = this.#contactSince !== undefined;
    this.#contactSince = undefined;
    return news;
  }

  /** Rejects when the store is away. */
  async look(): Promise<Observation> {
    const { store } = this.#parts;
    this.#hints.reading();
    const state = await store.readState();
    this.#hints.read(state);
    return this.#saw(state, state.trial ? await store.readTallies(state.trial.epoch) : []);
  }

  async #saw(state: StoreState, tallies: readonly TallyRow[]): Promise<Observation> {
    const { ledger, driver, shop, clock, own } = this.#parts;
    ledger.saw(state);
    // Not seen for a whole lease: we stood still, perhaps with all others (the machine slept), or the clock was set.
    if (this.#last && Math.abs(state.storeNow - this.#last.seen.now) >= LEASE_MS)
      this.#contactSince = undefined;
    this.#contactSince ??= clock();
    const contactMs = clock() - this.#contactSince;
    const { bundle, coldStartsAtOnce = 2, keepWarmMs = 0, trialMostMs = TRIAL_MOST_MS, spares = null } = shop;
    const { open, abortRequests, prewarm } = own();
    const input: ObserveInput = {
      state,
      tallies,
      earlier: this.#earlier,
      driven: driver.hosts(),
      open,
      abortRequests,
      bundle,
      coldStartsAtOnce,
      keepWarmMs,
      prewarm: prewarm && prewarm.until > state.storeNow ? prewarm : null,
      trialMostMs,
      spares,
      obstacle: driver.obstacle(),
      contactMs,
    };
    const seen = await observe(input, this.#layouts);
    this.#earlier = remembered(this.#earlier, talliesOf(seen));
    this.#last = { seen, at: clock() };
    return seen;
  }
}
