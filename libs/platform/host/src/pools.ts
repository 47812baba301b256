import { poolSizes, type Layout } from '@atlas/control-layout';
import type { Bounded, Database } from '@atlas/platform-database';

/** Before the first layout is known. */
export const FIRST_POOL_SIZE = 2;
/** Connections that are opened before the first call needs them. */
const WARM_CONNECTIONS = 4;
const WARM_DEADLINE_MS = 10_000;

const PING = { name: 'host.ping', text: 'SELECT 1 AS one' };

/** One host's module databases: their pools follow the layouts that are alive. */
export class Pools {
  readonly #kind: 'bundle' | 'service';
  readonly #budget: number;
  readonly #databases: ReadonlyMap<string, Database>;
  readonly #sizes = new Map<string, number>();

  constructor(kind: 'bundle' | 'service', budget: number, databases: ReadonlyMap<string, Database>) {
    this.#kind = kind;
    this.#budget = budget;
    this.#databases = databases;
  }

  follow(layouts: readonly Layout[]): void {
    if (layouts.length === 0) return;
    const sizes = poolSizes(layouts, this.#budget)[this.#kind];
    for (const [module, database] of this.#databases) {
      const size = Math.max(1, sizes[module] ?? 1);
      this.#sizes.set(module, size);
      database.setPoolSize(size);
    }
  }

  /** Opens connections before calls wait for them. @throws PlatformError when Postgres is away. */
  async warm(): Promise<void> {
    const bound: Bounded = { deadlineAt: Date.now() + WARM_DEADLINE_MS };
    const pings = [...this.#databases].flatMap(([module, database]) =>
      Array.from({ length: Math.min(WARM_CONNECTIONS, this.#sizes.get(module) ?? FIRST_POOL_SIZE) }, () =>
        database.query(bound, PING, []),
      ),
    );
    await Promise.all(pings);
  }

  /** For the metrics. */
  readings(): { labels: { module: string; state: string }; value: number }[] {
    return [...this.#databases].flatMap(([module, database]) =>
      Object.entries(database.stats()).map(([state, value]) => ({ labels: { module, state }, value })),
    );
  }
}
