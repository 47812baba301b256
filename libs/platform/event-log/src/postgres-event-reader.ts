/**
 * Reads the Postgres event log without losing an event, though numbers are drawn before transactions commit.
 *
 * R1  Everything below a consumer's watermark, a transaction id, is done, or is overdue (R5). The watermark never passes
 *     the oldest transaction that still runs (`pg_snapshot_xmin`), nor another event that is not done: what commits late
 *     lies above it.
 * R2  Above the watermark every scan looks at everything again and skips what is marked as handled, so an open
 *     transaction delays nobody else's events.
 * R3  Marks below the watermark are forgotten, so the window holds what is not done, what the oldest running
 *     transaction holds back, and at most `ADVANCE_EVERY` events or `ADVANCE_AFTER_MS` of work more.
 * R4  A look reads the window and nothing below it, whatever the planner believes of the tables: it knows neither the
 *     watermark nor how few marks there are. Marks are read once and hashed (`NOT IN`); the limit is by the index's own
 *     order. Otherwise a look at a log of 60,000 events took 37 ms instead of 0.3.
 * R5  What is not done `OVERDUE_AFTER` later may never be: nobody can handle it. The watermark passes it, and it is listed
 *     as overdue until it is done. Otherwise the window held all that came after it, and one such event stopped its
 *     consumer when the marks were too many for one hash. `MOST_OVERDUE` at the most, for each look reads all of them.
 */
import { steadyNow } from '@atlas/coupling-runtime';
import type { Bounded, Database, Statement } from '@atlas/platform-database';
import { faultPoint } from '@atlas/platform-fault';
import type { Event, EventReader } from './event-log.ts';

/** Events done between two moves of the watermark, and the longest time while some were done. */
const ADVANCE_EVERY = 100;
const ADVANCE_AFTER_MS = 1_000;
/** R5. */
const OVERDUE_AFTER = '10 minutes';
const MOST_OVERDUE = 100;
/** Longest time that one look at the log may take. */
const DEADLINE_MS = 5_000;

/** What is not done in the window. `$1` the consumer, `$2` the name of its events. */
const OPEN = `
  FROM event_log.events e
  WHERE e.name = $2
    AND e.xid >= coalesce((SELECT xid FROM event_log.watermarks w WHERE w.consumer = $1 AND w.name = $2), '0'::xid8)
    AND e.id NOT IN (SELECT h.event_id FROM event_log.handled h WHERE h.consumer = $1 AND h.name = $2)`;

const EVENT = `
  e.seq, e.id, e.name, e.aggregate_id AS "aggregateId", e.version, e.payload, e.root_id AS "rootId",
  (extract(epoch FROM e.at) * 1000)::bigint AS at`;

/** R4, R5. First come by transaction; among those, an aggregate's events are in order. `$4` aggregates that are left out. */
export const PENDING: Statement = {
  name: 'event-log.pending',
  text: `WITH late AS MATERIALIZED (
           SELECT ${EVENT} FROM event_log.events e
           WHERE e.id = ANY (ARRAY(SELECT event_id FROM event_log.overdue WHERE consumer = $1 AND name = $2))
             AND e.aggregate_id <> ALL ($4::text[])
         )
         SELECT id, name, "aggregateId", version, payload, "rootId", at FROM (
           SELECT * FROM late UNION ALL
           (SELECT ${EVENT} ${OPEN} AND e.aggregate_id <> ALL ($4::text[]) ORDER BY e.xid, e.seq LIMIT $3)
         ) pending ORDER BY seq LIMIT $3`,
};
const DONE: Statement = {
  name: 'event-log.done',
  text: `WITH settled AS (DELETE FROM event_log.overdue WHERE consumer = $1 AND event_id = $2::uuid)
         INSERT INTO event_log.handled (consumer, event_id, name, xid)
         SELECT $1, e.id, e.name, e.xid FROM event_log.events e WHERE e.id = $2::uuid
         ON CONFLICT DO NOTHING`,
};
/** R1, R5. What is done meanwhile, and listed as overdue all the same, comes once more. */
const ADVANCE: Statement = {
  name: 'event-log.advance',
  text: `WITH room AS (
           SELECT greatest(0, ${MOST_OVERDUE} - count(*)) AS free FROM event_log.overdue
           WHERE consumer = $1 AND name = $2
         ), open AS (
           SELECT e.id, e.xid, e.at, row_number() OVER (ORDER BY e.xid, e.seq) AS place ${OPEN}
           ORDER BY e.xid, e.seq LIMIT (SELECT free + 1 FROM room)
         ), safe AS (
           SELECT least(pg_snapshot_xmin(pg_current_snapshot()),
                        (SELECT xid FROM open, room
                         WHERE place > free OR at > clock_timestamp() - interval '${OVERDUE_AFTER}'
                         ORDER BY xid LIMIT 1)) AS xid
         ), moved AS (
           INSERT INTO event_log.watermarks AS w (consumer, name, xid) SELECT $1, $2, xid FROM safe
           ON CONFLICT (consumer, name) DO UPDATE SET xid = excluded.xid WHERE w.xid < excluded.xid
           RETURNING xid
         ), passed AS (
           INSERT INTO event_log.overdue (consumer, event_id, name)
           SELECT $1, open.id, $2 FROM open JOIN moved ON open.xid < moved.xid
           ON CONFLICT DO NOTHING
         )
         DELETE FROM event_log.handled h USING moved
         WHERE h.consumer = $1 AND h.name = $2 AND h.xid < moved.xid`,
};

const PRUNE: Statement = { name: 'event-log.prune', text: 'SELECT event_log.prune($1) AS gone' };

interface Progress {
  done: number;
  advancedAt: number;
}

class PostgresEventReader implements EventReader {
  readonly #database: Database;
  readonly #progress = new Map<string, Progress>();

  constructor(database: Database) {
    this.#database = database;
  }

  async pending(
    consumer: string,
    name: string,
    limit: number,
    except: readonly string[] = [],
  ): Promise<readonly Event[]> {
    const fault = faultPoint('event-log.pending');
    if (fault) await fault;
    await this.#advance(consumer, name);
    return this.#database.query<Event>(bound(), PENDING, [consumer, name, limit, except]);
  }

  async done(consumer: string, event: Event): Promise<void> {
    const fault = faultPoint('event-log.done');
    if (fault) await fault;
    await this.#database.query(bound(), DONE, [consumer, event.id]);
    this.#progressOf(consumer, event.name).done += 1;
  }

  async prune(limit: number): Promise<number> {
    const [row] = await this.#database.query<{ gone: number }>(bound(), PRUNE, [limit]);
    return row?.gone ?? 0;
  }

  async #advance(consumer: string, name: string): Promise<void> {
    const progress = this.#progressOf(consumer, name);
    const due = progress.done >= ADVANCE_EVERY || steadyNow() - progress.advancedAt >= ADVANCE_AFTER_MS;
    if (progress.done === 0 || !due) return;
    await this.#database.query(bound(), ADVANCE, [consumer, name]);
    progress.done = 0;
    progress.advancedAt = steadyNow();
  }

  #progressOf(consumer: string, name: string): Progress {
    const key = `${consumer} ${name}`;
    const known = this.#progress.get(key);
    if (known) return known;
    const progress = { done: 0, advancedAt: steadyNow() };
    this.#progress.set(key, progress);
    return progress;
  }
}

const bound = (): Bounded => ({ deadlineAt: steadyNow() + DEADLINE_MS });

/**
 * The reader's side of the log, over a database opened with the reader's role (`schema: 'event_log'`, no entities).
 * @returns a reader that keeps no truth: another one, in another process, goes on where it stopped.
 */
export function postgresEventReader(database: Database): EventReader {
  return new PostgresEventReader(database);
}
