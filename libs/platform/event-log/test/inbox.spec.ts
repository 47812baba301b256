import type { Database, Statement } from '@atlas/platform-database';
import { scratchModule, type ScratchModule } from '@atlas/platform-database/testing';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { applyInOrder, Inbox, type Applied } from '../src/index.ts';

let scratch: ScratchModule;
let database: Database;

beforeAll(async () => {
  scratch = await scratchModule(inject('postgresUrl'), {
    module: 'notes',
    entities: [],
    migrations: [Inbox],
  });
  database = await scratch.open(8);
});
afterAll(() => scratch.drop());

const EFFECT: Statement = {
  name: 'effect',
  text: "INSERT INTO idempotency_keys (scope, key, body_hash) VALUES ($1, $2, '')",
};
const EFFECTS: Statement = {
  name: 'effects',
  text: 'SELECT key FROM idempotency_keys WHERE scope = $1 ORDER BY key::int',
};

const bound = () => ({ deadlineAt: Date.now() + 8_000 });
const apply = (aggregateId: string, version: number, fail = false): Promise<Applied> =>
  database.transaction(bound(), (tx) =>
    applyInOrder(tx, { consumer: 'c', name: 'n', aggregateId, version }, async () => {
      await tx.query(EFFECT, [aggregateId, String(version)]);
      if (fail) throw new RangeError('no');
    }),
  );
const effects = async (aggregateId: string): Promise<number[]> =>
  (await database.query<{ key: string }>(bound(), EFFECTS, [aggregateId])).map((row) => Number(row.key));

test('versions apply in order: a later one waits, an earlier one is skipped', async () => {
  expect(await apply('order', 2)).toBe('gap');
  expect(await apply('order', 1)).toBe('applied');
  expect(await apply('order', 3)).toBe('gap');
  expect(await apply('order', 2)).toBe('applied');
  expect(await apply('order', 1)).toBe('skipped');
  expect(await apply('order', 2)).toBe('skipped');
  expect(await effects('order')).toEqual([1, 2]);
});

test('an effect that fails leaves the version to be applied again', async () => {
  await expect(apply('fails', 1, true)).rejects.toThrow(RangeError);
  expect(await apply('fails', 1)).toBe('applied');
  expect(await effects('fails')).toEqual([1]);
});

test('a version that arrives many times at once takes effect once', async () => {
  const outcomes = await Promise.all(Array.from({ length: 12 }, () => apply('crowd', 1)));
  expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === 'skipped')).toHaveLength(11);
});

test('aggregates and consumers do not wait for each other', async () => {
  const [entered, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = database.transaction(bound(), (tx) =>
    applyInOrder(tx, { consumer: 'c', name: 'n', aggregateId: 'left', version: 1 }, async () => {
      entered.resolve();
      await gate.promise;
    }),
  );
  await entered.promise;
  const other = database.transaction(bound(), (tx) =>
    applyInOrder(tx, { consumer: 'd', name: 'n', aggregateId: 'left', version: 1 }, async () => undefined),
  );
  expect(await other).toBe('applied');
  expect(await apply('right', 1)).toBe('applied');
  gate.resolve();
  expect(await first).toBe('applied');
});

test('whatever the order and repetition, each version takes effect once and in order', async () => {
  const deliveries = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(deliveries, async (versions) => {
      const aggregate = randomUUID();
      let next = 1;
      for (const version of versions) {
        const expected = version < next ? 'skipped' : version > next ? 'gap' : 'applied';
        expect(await apply(aggregate, version)).toBe(expected);
        if (expected === 'applied') next += 1;
      }
      expect(await effects(aggregate)).toEqual(Array.from({ length: next - 1 }, (_, index) => index + 1));
    }),
    { numRuns: 25 },
  );
});
