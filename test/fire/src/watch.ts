/**
 * Who agrees with the store, seen from the store itself every 50 ms over a link of its own.
 *
 * W1  Only live, ready leases count: who is silent for longer than its lease has no say.
 * W2  A disagreement counts from its beginning, or from the end of the fault, whichever is later.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { createPostgresStore, type HostStore, type LeaseRow, type StoreState } from '@atlas/control-store';
import { Client, type QueryResultRow } from 'pg';

const EVERY_MS = 50;

/** The lease's host holds the layout in force, and a bundle admits under it or a later one. */
export function agrees(lease: LeaseRow, committed: number): boolean {
  const { acked, closedThrough, kind } = lease;
  return acked.includes(committed) && (kind !== 'bundle' || (closedThrough ?? -1) >= committed - 1);
}

const counts = ({ live, health }: LeaseRow): boolean => live && health === 'ready';

/** Names of those that count and do not agree. */
export const dissenters = ({ leases, committed }: StoreState): string[] =>
  leases.filter((lease) => counts(lease) && !agrees(lease, committed)).map(({ instance }) => instance);

/** How long the longest disagreement lasted after the fault; pure, fed with looks in the order of their times. */
export class Disagreement {
  #since: number | undefined;
  #faultEnd: number | undefined;
  #worstMs = 0;

  /** @param at monotonic, ms. */
  faultEnded(at: number): void {
    this.#faultEnd = at;
  }

  saw(agreed: boolean, at: number): void {
    if (!agreed) this.#since ??= at;
    this.#worstMs = Math.max(this.#worstMs, this.openMs(at));
    if (agreed) this.#since = undefined;
  }

  /** Of the disagreement that goes on, ms; 0 when there is none that counts. */
  openMs(at: number): number {
    if (this.#since === undefined || this.#faultEnd === undefined) return 0;
    return Math.max(0, at - Math.max(this.#since, this.#faultEnd));
  }

  get worstMs(): number {
    return this.#worstMs;
  }
}

/**
 * What hosts do not see: who leads, and how many switches have not put their layout in force and closed the old one, or
 * have failed their trial and are not reverted yet.
 */
export interface Lead {
  readonly holder: string | null;
  readonly token: number;
  readonly held: boolean;
  readonly open: number;
  /** Switches that are not over at all: those on trial, and those whose hosts still end, too. */
  readonly unended: number;
}

const LEAD = `
  select leader_holder as holder, leader_token as token,
    coalesce(leader_expires > clock_timestamp(), false) as held,
    (select count(*)::int from coupling.switches where open) as unended,
    (select count(*)::int from coupling.switches where open and (state #>> '{stage,phase}' in
      ('planned', 'preparing', 'committing', 'aborting', 'routed-wait', 'draining')
      or state #>> '{stage,breach}' is not null)) as open
  from coupling.control`;

export interface Look {
  /** Monotonic, ms. */
  readonly at: number;
  readonly state: StoreState;
  readonly lead: Lead;
}

/** Looks all the time; every look is told to each listener. */
export class Watch {
  readonly #store: HostStore;
  readonly #url: string;
  readonly #listeners = new Set<(look: Look) => void>();
  #client: Promise<Client> | undefined;
  #going = true;
  #over: Promise<void> = Promise.resolve();
  #last: Look | undefined;

  constructor(postgresUrl: string) {
    this.#url = postgresUrl;
    this.#store = createPostgresStore({ url: postgresUrl, role: 'host', applicationName: 'atlas-fire' });
    this.#over = this.#run();
  }

  get store(): HostStore {
    return this.#store;
  }

  get last(): Look | undefined {
    return this.#last;
  }

  listen(listener: (look: Look) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves with the first look, from now on, that fits. @throws Error that names `what` when none does in time. */
  async until(what: string, withinMs: number, fits: (look: Look) => boolean): Promise<Look> {
    const { promise, resolve, reject } = Promise.withResolvers<Look>();
    const stop = this.listen((look) => {
      if (fits(look)) resolve(look);
    });
    const timer = setTimeout(() => reject(new Error(`not within ${withinMs} ms: ${what}`)), withinMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      stop();
    }
  }

  async close(): Promise<void> {
    this.#going = false;
    await this.#over;
    await this.#store.close();
    await closed(this.#client);
  }

  async #run(): Promise<void> {
    for (; this.#going; await wait(EVERY_MS)) {
      // While Postgres is away there is nothing to see.
      const look = await this.#look().catch(() => undefined);
      if (!look) continue;
      this.#last = look;
      for (const listener of [...this.#listeners]) listener(look);
    }
  }

  async #look(): Promise<Look> {
    const [state, lead] = await Promise.all([this.#store.readState(), this.#lead()]);
    return { at: performance.now(), state, lead };
  }

  async #lead(): Promise<Lead> {
    const [lead] = await this.query<Lead>(LEAD);
    if (!lead) throw new Error('the store has no control row');
    return lead;
  }

  /** Over a link of its own. @throws Error while the database is away. */
  async query<Row extends QueryResultRow>(sql: string): Promise<readonly Row[]> {
    const link = (this.#client ??= connected(this.#url));
    try {
      return (await (await link).query<Row>(sql)).rows;
    } catch (error) {
      if (this.#client === link) this.#client = undefined;
      void closed(link);
      throw error;
    }
  }
}

async function closed(link: Promise<Client> | undefined): Promise<void> {
  await link?.then((client) => client.end()).catch(() => undefined);
}

async function connected(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString, query_timeout: 2_000, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
