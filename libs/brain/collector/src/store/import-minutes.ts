import type { ClientBase } from 'pg';

/** A minute that was not seen here: a value of a trace. */
export interface ImportedMinute {
  /** Minutes since 1970. */
  readonly minute: number;
  /** Requests per second of the whole shop; of its modules nothing is known. */
  readonly rps: number;
}

const INSERT = `INSERT INTO brain.minutes (at, rps, covered, body)
  SELECT to_timestamp(minute * 60.0), rps, 1, '{"imported": true, "modules": {}}'
  FROM unnest($1::integer[], $2::double precision[]) AS each (minute, rps)`;

/**
 * Gives the brain a past that it did not see; such minutes say `imported`. Minutes that are older than any that is kept in
 * real time, those of an earlier replay, are forgotten first. All or nothing.
 * @param client of a superuser, in no transaction
 */
export async function importMinutes(
  client: Pick<ClientBase, 'query'>,
  minutes: readonly ImportedMinute[],
): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(`DELETE FROM brain.minutes WHERE at < clock_timestamp() - interval '400 days'`);
    await client.query(INSERT, [minutes.map(({ minute }) => minute), minutes.map(({ rps }) => rps)]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
