import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestRecord } from '../src/protocol.ts';
import {
  checkoutsInFlightAt,
  openRequestLog,
  readRequestLog,
  requestLogIn,
  type LogFile,
} from '../src/request-log.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'atlas-log-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const record = (journey: number, more: Partial<RequestRecord> = {}): RequestRecord => ({
  ...{
    phase: 'load',
    scheduled: 1,
    sent: 2,
    done: 3,
    method: 'GET',
    route: 'GET /api/products',
    status: 200,
  },
  ...{
    failed: false,
    epoch: 1,
    mode: 'tight',
    rootId: '00',
    journey,
    key: null,
    orderId: null,
    totalCents: null,
    cancelled: false,
  },
  ...more,
});

async function written(file: string, records: readonly RequestRecord[]): Promise<void> {
  const log = await openRequestLog(file);
  for (const each of records) log.write(each);
  await log.close();
}

async function readBack(file: string): Promise<RequestRecord[]> {
  const read: RequestRecord[] = [];
  for await (const each of readRequestLog(file)) read.push(each);
  return read;
}

/** A file on a disk that has room for so many bytes more. */
async function scarceFile(path: string) {
  const handle = await open(path, 'w');
  const disk = { room: Infinity, refused: 0 };
  const file: LogFile = {
    write: (bytes, from, length, position) => {
      const some = Math.min(length, disk.room);
      if (some === 0) {
        disk.refused += 1;
        return Promise.reject(new Error('ENOSPC: no space left on device, write'));
      }
      disk.room -= some;
      return handle.write(bytes, from, some, position);
    },
    truncate: (length) => handle.truncate(length),
    close: () => handle.close(),
  };
  return { disk, file };
}

describe('the request log', () => {
  it('gives back what was written, in order, and starts anew each time', async () => {
    const file = join(folder, 'log.jsonl');
    const records = Array.from({ length: 3_000 }, (_, n) => record(n));
    await written(file, [record(-1)]);
    await written(file, records);
    expect(await readBack(file)).toEqual(records);
    expect((await readFile(file, 'utf8')).endsWith('}\n')).toBe(true);
  });

  it('lacks what a full disk refused, and has the lines before and after it, none torn', async () => {
    const path = join(folder, 'scarce.jsonl');
    const { disk, file } = await scarceFile(path);
    const log = requestLogIn(file);
    let journey = 0;
    /** Writes until the file has had enough for one write more. @returns the number of the next record */
    const write = (bytes: number): number => {
      for (let put = 0; put < bytes; journey += 1) {
        log.write(record(journey));
        put += JSON.stringify(record(journey)).length + 1;
      }
      return journey;
    };
    const before = write(64 * 1_024);
    disk.room = 64 * 1_024 + 50_000;
    write(64 * 1_024);
    await expect.poll(() => disk.refused).toBe(1);
    disk.room = Infinity;
    const after = write(1);
    await log.close();
    const numbers = (await readBack(path)).map((each) => each.journey);
    const kept = Array.from({ length: before }, (_, n) => n);
    expect(numbers).toEqual([...kept, after - 1]);
  });

  it('ends with a whole line when the disk is still full', async () => {
    const path = join(folder, 'full.jsonl');
    const { disk, file } = await scarceFile(path);
    const log = requestLogIn(file);
    disk.room = 20;
    log.write(record(1));
    await log.close();
    expect(await readBack(path)).toEqual([]);
  });

  it('says at its start that it cannot be written', async () => {
    await expect(openRequestLog(join(folder, 'none', 'log.jsonl'))).rejects.toThrow('ENOENT');
  });
});

describe('checkouts in flight', () => {
  it('are those sent and not yet answered at the moment', async () => {
    const file = join(folder, 'checkouts.jsonl');
    const route = 'POST /api/carts/{id}/checkout';
    await written(file, [
      record(1, { route, sent: 10, done: 20 }),
      record(2, { route, sent: 15, done: 30 }),
      record(3, { sent: 0, done: 100 }),
    ]);
    expect(await checkoutsInFlightAt(file, [9, 10, 16, 20, 30])).toEqual([0, 1, 2, 1, 0]);
  });
});
