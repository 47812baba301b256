import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { assertOutsideTransaction, watchTransactions, type Database } from '../src/index.ts';
import { scratchModule, type ScratchModule } from '../src/testing.ts';
import { Notes } from './notes.ts';

let scratch: ScratchModule;
let database: Database;

beforeAll(async () => {
  scratch = await scratchModule(inject('postgresUrl'), {
    module: 'notes',
    entities: [],
    migrations: [Notes],
  });
  database = await scratch.open();
});
afterAll(() => scratch.drop());

const callInside = (): Promise<void> =>
  database.transaction({ deadlineAt: Date.now() + 5_000 }, async () => {
    await Promise.resolve();
    assertOutsideTransaction('catalog.getProduct');
  });

test('a call inside a transaction throws once the watch is on, and only inside', async () => {
  await expect(callInside()).resolves.toBeUndefined();
  watchTransactions();
  await expect(callInside()).rejects.toThrow('catalog.getProduct inside a database transaction');
  assertOutsideTransaction('catalog.getProduct');
});
