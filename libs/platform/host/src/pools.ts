import { poolSizes, type Layout } from '@atlas/control-layout';
import { steadyNow } from '@atlas/coupling-runtime';
import { KEPT_CONNECTIONS, type Bounded, type Database } from '@atlas/platform-database';

/** Before the first layout is known. */
export const FIRST_POOL_SIZE = 2;
const WARM_DEADLINE_MS = 10_000;
/** A layout that is being prepared does not wait longer than this for connections: they are opened when needed then. */
const PREPARE_DEADLINE_MS = 2_000;

const PING = { name: 'host.ping', text: 'SELECT 1 AS one' };

/** As long as an idle connection beyond the kept ones stays open. */
export const REMEMBERED_MS = 30_000;

/**
 * One host's module databases: their pools follow the layouts that are alive.
 *
 * P1  A layout keeps its share for `REMEMBERED_MS` after its end: whoever switches back soon, or reverts, finds the
 *     connections open, their statements prepared. Hosts that knew it all reckon so, and together stay within the budget;
 *     one that starts in this time does not know it, and the sum can pass the budget by a few until then.
 * P2  Whatever is kept open is within a pool's size (`KEPT_CONNECTIONS` of it at most), and the sizes of all hosts that the
 *     layouts name add up to the budget at most. A service that none names, kept warm or about to end, has one of its own,
 *     a bundle in reserve one for each module.
 */
export class Pools {
  readonly #kind: 'bundle' | 'service';
  readonly #budget: number;
  readonly #databases: ReadonlyMap<string, Database>;
  readonly #sizes = new Map<string, number>();
  #alive: readonly Layout[] = [];
  /** Layouts that have ended, with the timers that forget them (P1). */
  readonly #ended = new Map<Layout, NodeJS.Timeout>();
  #inReserve = false;

  constructor(kind: 'bundle' | 'service', budget: number, databases: ReadonlyMap<string, Database>) {
    this.#kind = kind;
    this.#budget = budget;
    this.#databases = databases;
  }

  /** P2: its host is a bundle in reserve from now on, or is none any more. */
  reserve(inReserve: boolean): void {
    this.#inReserve = inReserve;
    this.#resize();
  }

  follow(layouts: readonly Layout[]): void {
    for (const layout of this.#alive) if (!layouts.includes(layout)) this.#remember(layout);
    this.#alive = layouts;
    this.#resize();
  }

  #remember(layout: Layout): void {
    const forget = (): void => {
      this.#ended.delete(layout);
      this.#resize();
    };
    clearTimeout(this.#ended.get(layout)); // it has ended before, and come back since
    this.#ended.set(layout, setTimeout(forget, REMEMBERED_MS).unref());
  }

  #resize(): void {
    if (this.#alive.length === 0) return;
    const sizes = poolSizes([...this.#alive, ...this.#ended.keys()], this.#budget)[this.#kind];
    for (const [module, database] of this.#databases) {
      const size = this.#inReserve ? 1 : Math.max(1, sizes[module] ?? 1);
      this.#sizes.set(module, size);
      database.setPoolSize(size);
    }
  }

  /** Opens connections before calls wait for them. @throws PlatformError when Postgres is away. */
  async warm(): Promise<void> {
    await this.#open([...this.#databases.keys()], WARM_DEADLINE_MS);
  }

  /**
   * Opens the connections that this host will need as primary under `layout`, so that a switch does not make its first
   * requests pay for them. Never rejects: without Postgres the switch goes on.
   */
  async prepare(layout: Layout, held: readonly Layout[]): Promise<void> {
    this.follow([...held, layout]);
    const primary = this.#kind === 'bundle' ? 'bundle' : 'service';
    const modules = [...this.#databases.keys()].filter((module) => layout.placements[module] === primary);
    await this.#open(modules, PREPARE_DEADLINE_MS).catch(() => undefined);
  }

  /** Module after module, so that the requests being served meanwhile keep most of the processor. */
  async #open(modules: readonly string[], patienceMs: number): Promise<void> {
    const bound: Bounded = { deadlineAt: steadyNow() + patienceMs };
    for (const module of modules) {
      const database = this.#databases.get(module);
      if (database === undefined) continue;
      const count = Math.min(KEPT_CONNECTIONS, this.#sizes.get(module) ?? FIRST_POOL_SIZE);
      if (database.stats().total >= count) continue;
      await Promise.all(Array.from({ length: count }, () => database.query(bound, PING, [])));
    }
  }

  /** For the metrics. */
  readings(): { labels: { module: string; state: string }; value: number }[] {
    return [...this.#databases].flatMap(([module, database]) =>
      Object.entries(database.stats()).map(([state, value]) => ({ labels: { module, state }, value })),
    );
  }
}
