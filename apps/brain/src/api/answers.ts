/** What each address of the API answers, from the mind, the watch and the store. */
import { MOST_SALES } from '@atlas/brain-api/limits';
import type {
  CalendarAnswer,
  DecisionsAnswer,
  ExplainAnswer,
  ForecastAnswer,
  ForecastView,
  SaleView,
  StatusAnswer,
  StruckAnswer,
  WhatIfAnswer,
} from '@atlas/brain-api';
import type { BrainStore, StoredSale } from '@atlas/brain-collector';
import type { Policy } from '@atlas/brain-decision';
import type { Forecast, Sale } from '@atlas/brain-forecast';
import { instant } from '../clocks.ts';
import type { Mind } from '../watch/mind.ts';
import { becauseOf } from '../watch/proposer.ts';
import type { StoredThought } from '../watch/thought.ts';
import type { Watch } from '../watch/watch.ts';
import { RefusedError } from './problem.ts';
import type { SaleBody, WhatIfBody } from './schemas.ts';

const MINUTE_MS = 60_000;
const DECISIONS = 20;
/** The calendar's minutes are 32 bits wide: until the year 6053. */
const LATEST_MIN = 2 ** 31 - 1;

export interface AnswerParts {
  readonly mind: Mind;
  readonly watch: Pick<Watch, 'health' | 'whatIf'>;
  readonly store: BrainStore;
  readonly policy: { readonly name: string; readonly rules: Policy };
}

const iso = (minute: number): string => new Date(minute * MINUTE_MS).toISOString();

const saleView = ({ id, fromMin, lengthMin, times }: StoredSale): SaleView => ({
  ...{ id, times },
  from: iso(fromMin),
  minutes: lengthMin,
});

const forecastView = ({ minute, ...rest }: Forecast): ForecastView => ({ ...rest, at: iso(minute) });

/** @throws RefusedError when the date is not one, or one that the calendar cannot hold */
export function saleOf({ from, minutes, times }: SaleBody): Sale {
  const fromMin = Math.floor(instant(from) / MINUTE_MS);
  if (Number.isNaN(fromMin)) throw new RefusedError('invalid_request', `from: "${from}" is no date`);
  if (fromMin > LATEST_MIN) throw new RefusedError('invalid_request', `from: "${from}" is too far ahead`);
  return { fromMin, lengthMin: minutes, times };
}

/** @throws RefusedError `store_unavailable` */
async function stored<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof RefusedError) throw error;
    throw new RefusedError('store_unavailable', "the brain's store does not answer");
  });
}

const numberOf = (id: string): number => (/^\d{1,9}$/.test(id) ? Number(id) : -1);

export class Answers {
  readonly #parts: AnswerParts;

  constructor(parts: AnswerParts) {
    this.#parts = parts;
  }

  status(): StatusAnswer {
    const { mind, watch, policy } = this.#parts;
    const { second, switcher, store, autonomy, outcome, heard } = watch.health();
    const last = mind.last;
    return {
      level: autonomy.effective,
      rule: last?.decision.rule ?? null,
      rps: last?.observation.rps ?? null,
      policy: policy.name,
      deciding: last !== undefined,
      anomaly: mind.anomaly ?? null,
      advisors: heard.map(({ advisor, advice, silent = '' }) => ({
        ...{ advisor, advises: advice !== undefined, because: advice?.because ?? silent },
      })),
      ...{ autonomy, outcome, second, switcher, store },
    };
  }

  forecast(): ForecastAnswer {
    const series = Object.entries(this.#parts.mind.forecasts());
    if (series.every(([, told]) => told.length === 0)) {
      throw new RefusedError('nothing_known', 'no whole minute was seen yet');
    }
    return { series: Object.fromEntries(series.map(([name, told]) => [name, told.map(forecastView)])) };
  }

  async decisions(limit = DECISIONS): Promise<DecisionsAnswer> {
    const found = await stored(this.#parts.store.decisions<StoredThought>(limit));
    return {
      items: found.map(({ id, at, body: { autonomy, policy, observation, decision, counsel, outcome } }) => ({
        ...{ id, at, policy, outcome },
        level: autonomy.effective,
        rule: decision.rule,
        because: becauseOf(decision, counsel),
        proposal: counsel?.proposal ?? decision.proposal,
        rps: observation.rps,
        epoch: observation.epoch,
      })),
    };
  }

  async explain(id: string): Promise<ExplainAnswer> {
    const found = await stored(this.#parts.store.decision<StoredThought>(numberOf(id)));
    if (!found) throw new RefusedError('decision_not_found', `there is no decision ${id.slice(0, 20)}`);
    return { id: found.id, at: found.at, ...found.body };
  }

  async whatIf({ rps, anomaly, crashed, ...outlook }: WhatIfBody): Promise<WhatIfAnswer> {
    const seen = {
      ...(rps !== undefined && { rps }),
      ...(anomaly !== undefined && { anomaly }),
      ...(crashed !== undefined && { crashed }),
    };
    const modules = this.#parts.mind.last?.observation.layout.placements;
    const unknown = modules && crashed?.find((name) => !Object.hasOwn(modules, name));
    if (unknown !== undefined)
      throw new RefusedError('module_not_found', `crashed: there is no module "${unknown}"`);
    const thought = await this.#parts.watch.whatIf(seen, outlook);
    if (!thought) throw new RefusedError('nothing_known', 'too little is known of the shop at the moment');
    return thought;
  }

  async calendar(): Promise<CalendarAnswer> {
    return { items: (await stored(this.#parts.store.sales())).map(saleView) };
  }

  async addSale(body: SaleBody): Promise<SaleView> {
    const { store } = this.#parts;
    const sale = saleOf(body);
    if ((await stored(store.sales())).length >= MOST_SALES) {
      throw new RefusedError(
        'too_many_sales',
        `the calendar holds ${MOST_SALES} sales at most: this one was not added, strike some first`,
      );
    }
    return saleView(await this.#change(store.addSale(sale)));
  }

  async strikeSale(id: string): Promise<StruckAnswer> {
    const struck = await this.#change(this.#parts.store.strikeSale(numberOf(id)));
    if (!struck) throw new RefusedError('sale_not_found', `there is no sale ${id.slice(0, 20)}`);
    return { struck: numberOf(id) };
  }

  /** A change of the sales, which are known then; where the store does not tell of them, the loop asks when it does. */
  async #change<T>(work: Promise<T>): Promise<T> {
    const { mind, store } = this.#parts;
    const doubt = (): void => mind.memory.doubtSales();
    work.catch(doubt);
    const changed = await stored(work);
    await store.sales().then((sales) => mind.memory.know(sales), doubt);
    return changed;
  }
}
