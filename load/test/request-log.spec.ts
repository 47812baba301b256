import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestRecord } from '../src/protocol.ts';
import { checkoutsInFlightAt, openRequestLog, readRequestLog } from '../src/request-log.ts';

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
  },
  ...more,
});

async function written(file: string, records: readonly RequestRecord[]): Promise<void> {
  const log = await openRequestLog(file);
  for (const each of records) log.write(each);
  await log.close();
}

describe('the request log', () => {
  it('gives back what was written, in order, and starts anew each time', async () => {
    const file = join(folder, 'log.jsonl');
    const records = Array.from({ length: 3_000 }, (_, n) => record(n));
    await written(file, [record(-1)]);
    await written(file, records);
    const read: RequestRecord[] = [];
    for await (const each of readRequestLog(file)) read.push(each);
    expect(read).toEqual(records);
    expect((await readFile(file, 'utf8')).endsWith('}\n')).toBe(true);
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
