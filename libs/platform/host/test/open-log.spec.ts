import { PlatformError } from '@atlas/coupling-runtime';
import type { Database } from '@atlas/platform-database';
import { expect, it } from 'vitest';
import { openLog } from '../src/pump/open-log.ts';

const database = {} as Database;
const away = new PlatformError('dependency_unavailable', 'away');

/** Opens after these failures. */
function opening(failures: Error[], leaving = (): boolean => false) {
  const told: unknown[] = [];
  const log = { warn: (facts: unknown) => void told.push(facts) };
  const open = () => {
    const failure = failures.shift();
    return failure ? Promise.reject(failure) : Promise.resolve(database);
  };
  return { told, opened: openLog(open, { leaving, log, restMs: 1 }) };
}

it('waits for a Postgres that is away just when a bundle opens, and says so once', async () => {
  const { told, opened } = opening([away, new PlatformError('deadline_exceeded', 'slow'), away]);
  expect(await opened).toBe(database);
  expect(told).toEqual([{ err: away }]);
});

it('waits no longer than its host stays', async () => {
  let looks = 0;
  const { opened } = opening(
    Array.from({ length: 9 }, () => away),
    () => (looks += 1) > 2,
  );
  expect(await opened).toBeUndefined();
  expect(looks).toBe(3);
});

it('does not wait for what no time mends', async () => {
  await expect(opening([new RangeError('a wrong password')]).opened).rejects.toThrow('a wrong password');
});
