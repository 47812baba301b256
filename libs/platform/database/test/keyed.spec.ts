import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { bodyHash, keyedTransaction, type Database, type Statement, type Transaction } from '../src/index.ts';
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
  database = await scratch.open(8);
});
afterAll(() => scratch.drop());

const within = (ms: number) => ({ deadlineAt: Date.now() + ms });
const INSERT: Statement = { name: 'insert', text: 'INSERT INTO notes (id, body) VALUES ($1, $2)' };
const COUNT: Statement = {
  name: 'count',
  text: 'SELECT count(*) AS n FROM notes WHERE starts_with(id, $1)',
};
/** Else Postgres would end the session when its transaction has done nothing for two seconds. */
const UNHURRIED: Statement = {
  name: 'unhurried',
  text: `SELECT set_config('idle_in_transaction_session_timeout', '0', true)`,
};
const count = async (prefix: string): Promise<number | undefined> =>
  (await database.query<{ n: number }>(within(5_000), COUNT, [prefix]))[0]?.n;

let unique = 0;
/** An effect that leaves one more row each time that it takes place. */
const note =
  (prefix: string) =>
  async (tx: Transaction): Promise<{ n: number }> => {
    unique += 1;
    const n = unique;
    await tx.query(INSERT, [`${prefix}:${n}`, 'x']);
    return { n };
  };
const key = (name: string, body: unknown = {}) => ({ scope: 's:op', key: name, bodyHash: bodyHash(body) });

describe('an effect with a key', () => {
  test('takes place once; its answer is replayed', async () => {
    const first = await keyedTransaction(database, within(5_000), key('once'), note('once'));
    const second = await keyedTransaction(database, within(5_000), key('once'), note('once'));
    expect(first).toMatchObject({ outcome: 'done', replayed: false });
    expect(second).toEqual({ ...first, replayed: true });
    expect(await count('once')).toBe(1);
  });

  test('takes place once, however many callers come at the same time', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        keyedTransaction(database, within(8_000), key('crowd'), note('crowd')),
      ),
    );
    expect(new Set(outcomes.map((o) => JSON.stringify({ ...o, replayed: null }))).size).toBe(1);
    expect(outcomes.filter((o) => o.outcome === 'done' && !o.replayed)).toHaveLength(1);
    expect(await count('crowd')).toBe(1);
  });

  test('conflicts with another body, not with another scope', async () => {
    await keyedTransaction(database, within(5_000), key('body', { a: 1 }), note('body'));
    const other = await keyedTransaction(database, within(5_000), key('body', { a: 2 }), note('body'));
    expect(other).toEqual({ outcome: 'conflict' });
    const elsewhere = { ...key('body', { a: 2 }), scope: 'other:op' };
    expect(await keyedTransaction(database, within(5_000), elsewhere, note('body'))).toMatchObject({
      replayed: false,
    });
    expect(await count('body')).toBe(2);
  });

  test('that failed leaves no record and may be tried again', async () => {
    const failing = keyedTransaction(database, within(5_000), key('fail'), async (tx) => {
      await note('fail')(tx);
      throw new RangeError('no');
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(await count('fail')).toBe(0);
    expect(await keyedTransaction(database, within(5_000), key('fail'), note('fail'))).toMatchObject({
      replayed: false,
    });
  });

  test('is in progress for a second caller whose deadline passes first', async () => {
    let entered = (): void => undefined;
    let finish = (): void => undefined;
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const first = keyedTransaction(database, within(20_000), key('slow'), async (tx) => {
      await tx.query(UNHURRIED, []);
      entered();
      await gate;
      return note('slow')(tx);
    });
    await inside;
    expect(await keyedTransaction(database, within(400), key('slow'), note('slow'))).toEqual({
      outcome: 'in_progress',
    });
    const patient = keyedTransaction(database, within(20_000), key('slow'), note('slow'));
    finish();
    expect(await first).toMatchObject({ replayed: false });
    expect(await patient).toMatchObject({ replayed: true });
    expect(await count('slow')).toBe(1);
  });

  test('is taken over by the waiting caller when the first one rolls back', async () => {
    let entered = (): void => undefined;
    const inside = new Promise<void>((resolve) => (entered = resolve));
    let fail = (): void => undefined;
    const gate = new Promise<void>((_resolve, reject) => (fail = () => reject(new RangeError('no'))));
    const first = keyedTransaction(database, within(5_000), key('over'), async () => {
      entered();
      await gate;
      return {};
    });
    await inside;
    const second = keyedTransaction(database, within(5_000), key('over'), note('over'));
    fail();
    await expect(first).rejects.toThrow(RangeError);
    expect(await second).toMatchObject({ outcome: 'done', replayed: false });
  });
});

/** With the members of every object in it in the other order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, part]) => [name, turned(part)]),
  );
}

describe('the hash of a body', () => {
  test('does not depend on the order of members', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (body) => {
        expect(bodyHash(turned(body))).toBe(bodyHash(body));
      }),
    );
  });

  test('tells different bodies apart', () => {
    expect(bodyHash({ a: [1, 2] })).not.toBe(bodyHash({ a: [2, 1] }));
    expect(bodyHash({ a: { b: 1 } })).not.toBe(bodyHash({ a: { b: '1' } }));
  });
});
