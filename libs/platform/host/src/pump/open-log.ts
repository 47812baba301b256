import { setTimeout as wait } from 'node:timers/promises';
import { PlatformError } from '@atlas/coupling-runtime';
import type { Database } from '@atlas/platform-database';
import type { Logger } from '@atlas/platform-telemetry';

export interface OpeningLog {
  /** The host leaves: nobody needs the log any more. */
  readonly leaving: () => boolean;
  readonly log: Pick<Logger, 'warn'>;
  /** Between two tries, ms; 500 by default. */
  readonly restMs?: number;
}

/**
 * Opens the event log, again and again while Postgres is away: the bundle's edge accepts by then, and its requests do not
 * end for its pump. Undefined: the host leaves before that.
 * @throws what is no absence, such as a password that is wrong
 */
export async function openLog(
  open: () => Promise<Database>,
  { leaving, log, restMs = 500 }: OpeningLog,
): Promise<Database | undefined> {
  for (let told = false; !leaving(); told = true) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      if (!told) log.warn({ err: error }, 'the event log cannot be reached: nothing is pumped until it is');
    }
    await wait(restMs);
  }
  return undefined;
}
