import type { Sale } from '@atlas/brain-forecast';
import type { ClientBase } from 'pg';
import { ARRIVALS_FORMAT } from './brain-store.ts';

/** A minute that was not seen here: a value of a trace. */
export interface ImportedMinute {
  /** Minutes since 1970. */
  readonly minute: number;
  /** Requests per second of the whole shop; of its modules nothing is known. */
  readonly rps: number;
}

const INSERT = `INSERT INTO brain.minutes (at, rps, covered, body, format)
  SELECT to_timestamp(minute * 60.0), rps, 1, '{"imported": true, "modules": {}}', ${ARRIVALS_FORMAT}
  FROM unnest($1::integer[], $2::double precision[]) AS each (minute, rps)
  ON CONFLICT (at) DO UPDATE SET (rps, covered, body, format) = (excluded.rps, 1, excluded.body, excluded.format)`;

const INSERT_SALES = `INSERT INTO brain.sales (from_min, length_min, times)
  SELECT * FROM unnest($1::integer[], $2::integer[], $3::double precision[])
  EXCEPT SELECT from_min, length_min, times FROM brain.sales`;
/** Older than any minute that is kept in real time: of an earlier replay. */
const LONG_AGO = `clock_timestamp() - interval '400 days'`;

export interface Past {
  readonly minutes: readonly ImportedMinute[];
  readonly sales: readonly Sale[];
}

/**
 * Gives the brain a past that it did not see; such minutes say `imported`. Minutes and sales of an earlier replay are
 * forgotten first; those of a trace of the last 400 days stay, and what is told again is there once. All or nothing.
 * @param client of a superuser, in no transaction
 */
export async function importPast(client: Pick<ClientBase, 'query'>, { minutes, sales }: Past): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(`DELETE FROM brain.minutes WHERE at < ${LONG_AGO}`);
    await client.query(`DELETE FROM brain.sales WHERE to_timestamp(from_min * 60.0) < ${LONG_AGO}`);
    await client.query(INSERT, [minutes.map(({ minute }) => minute), minutes.map(({ rps }) => rps)]);
    const columns = (['fromMin', 'lengthMin', 'times'] as const).map((name) =>
      sales.map((sale) => sale[name]),
    );
    await client.query(INSERT_SALES, columns);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
