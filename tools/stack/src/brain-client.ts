/** Asks the brain of a stack, and keeps what it forecast in the course of a run. */
import type { DecisionItem, DecisionsAnswer, ForecastAnswer, StatusAnswer } from '@atlas/brain-api';
import { readRunFile } from '@atlas/platform-stack';
import type { Told } from './control-report.ts';
import type { BrainView } from './view.ts';

const WITHIN_MS = 800;
const DECISIONS_WITHIN_MS = 5_000;
const MINUTE_MS = 60_000;

export class BrainClient {
  readonly #home: string;
  readonly #told = new Map<string, Told>();
  #view: BrainView | undefined;

  constructor(home: string) {
    this.#home = home;
  }

  /** Every forecast so far, of the whole shop. */
  told(): Told[] {
    return [...this.#told.values()];
  }

  /** What it thought last; undefined before it said anything. */
  view(): BrainView | undefined {
    return this.#view;
  }

  /** Looks once. Never rejects: a brain that does not answer is left out. */
  async look(): Promise<void> {
    const [status, forecast, [decision]] = await Promise.all([
      this.#ask<StatusAnswer>('/v1/status').catch(() => undefined),
      this.#ask<ForecastAnswer>('/v1/forecast').catch(() => undefined),
      this.#decisions(1, WITHIN_MS).catch((): readonly DecisionItem[] => []),
    ]);
    const total = (forecast?.series['total'] ?? []).map(({ horizonMin, at, rps, band80 }): Told => ({
      ...{ horizonMin, minute: Date.parse(at) / MINUTE_MS, rps },
      ...band80,
    }));
    for (const each of total) this.#told.set(`${each.minute} ${each.horizonMin}`, each);
    if (!status) return;
    const { level, rule, rps } = status;
    const because = decision?.rule === rule ? decision?.because : undefined;
    this.#view = { level, rps, rule, because, expected: total };
  }

  /** Decisions since a moment, oldest first, a hundred at most; none when it does not answer. */
  async decisions(sinceMs: number): Promise<DecisionItem[]> {
    const items = await this.#decisions(100, DECISIONS_WITHIN_MS).catch((): readonly DecisionItem[] => []);
    return items.filter(({ at }) => at >= sinceMs).reverse();
  }

  async #decisions(limit: number, withinMs: number): Promise<readonly DecisionItem[]> {
    return (await this.#ask<DecisionsAnswer>(`/v1/decisions?limit=${limit}`, withinMs)).items;
  }

  async #ask<T>(path: string, withinMs = WITHIN_MS): Promise<T> {
    const run = await readRunFile(this.#home);
    if (!run?.brainUrl) throw new Error('no brain runs');
    const answer = await fetch(`${run.brainUrl}${path}`, {
      headers: { authorization: `Bearer ${run.operatorToken}` },
      signal: AbortSignal.timeout(withinMs),
    });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return (await answer.json()) as T;
  }
}
