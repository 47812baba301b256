import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readIcs } from '../src/read-ics.ts';

const options = { nowMs: Date.parse('2026-11-26T12:00:00Z'), times: 2, zone: 'UTC' };
const CALENDAR = [
  ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:test', `X-LONG:${'x'.repeat(300_000)}`, 'BEGIN:VEVENT'],
  ...['UID:a', 'DTSTART:20261127T000000Z', 'DURATION:PT1H', 'END:VEVENT', 'END:VCALENDAR'],
].join('\r\n');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atlas-ics-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a pipe is read to its end, though it comes piece by piece', async () => {
  const pipe = join(folder, 'pipe');
  await promisify(execFile)('mkfifo', [pipe]);
  const [sales] = await Promise.all([readIcs(pipe, options), writeFile(pipe, CALENDAR)]);
  expect(sales).toHaveLength(1);
});

test('a file without an end is not read to it', async () => {
  await expect(readIcs('/dev/zero', options)).rejects.toThrow('/dev/zero: longer than 1 MB');
});

test('what cannot be read is named', async () => {
  await expect(readIcs(folder, options)).rejects.toThrow(`${folder} cannot be read: EISDIR`);
  await expect(readIcs(join(folder, 'none'), options)).rejects.toThrow('none cannot be read: ENOENT');
});
