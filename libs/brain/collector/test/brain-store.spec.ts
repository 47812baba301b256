import { scratchDatabase, type ScratchDatabase } from '@atlas/platform-database/testing';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import pg from 'pg';
import { migrateBrain } from '../src/store/migrate-brain.ts';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { importPast, openBrainStore, summaryOf, type BrainStore, type Summary } from '../src/index.ts';

const role = `brain_${randomBytes(6).toString('hex')}`;
let scratch: ScratchDatabase;
let admin: pg.Client;
let store: BrainStore;
let roleUrl: string;

beforeAll(async () => {
  scratch = await scratchDatabase(inject('postgresUrl'));
  admin = new pg.Client({ connectionString: scratch.url });
  await admin.connect();
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
  await migrateBrain(admin, role);
  await migrateBrain(admin, role);
  const url = new URL(scratch.url);
  [url.username, url.password] = [role, 'secret'];
  roleUrl = url.href;
  store = openBrainStore(roleUrl);
});
afterAll(async () => {
  await store?.close();
  await admin?.query(`DROP OWNED BY ${role}`);
  await admin?.query(`DROP ROLE ${role}`);
  await admin?.end();
  await scratch?.drop();
});

const MINUTE = 60_000;
const now = Math.floor(Date.now() / MINUTE) * MINUTE;
const summary = (at: number, covered = 1): Summary =>
  summaryOf({ at, covered, looks: [], modules: ['cart'], flaws: [] });

test('tells the clock of the database', async () => {
  expect(Math.abs((await store.now()) - Date.now())).toBeLessThan(60_000);
});

test('gives back the seconds that it was given, in their order, each once', async () => {
  await store.addSeconds([summary(now + 1_000), summary(now)]);
  await store.addSeconds([summary(now, 0.5), summary(now + 2_000)]);
  const kept = await store.secondsSince(now);
  expect(kept.map(({ at }) => at)).toEqual([now, now + 1_000, now + 2_000]);
  expect(kept[0]).toEqual(summary(now));
});

test('knows no rate of a minute that was hardly seen, and gives back minutes from one on', async () => {
  for (const [back, covered] of [
    [3, 1],
    [2, 0.1],
    [1, 1],
  ] as const)
    await store.addMinute(summary(now - back * MINUTE, covered));
  await store.addMinute(summary(now - MINUTE, 0));
  expect(await store.minutes(now / MINUTE - 2, 2)).toEqual([
    { minute: now / MINUTE - 2, rps: null, modules: { cart: 0 } },
    { minute: now / MINUTE - 1, rps: 0, modules: { cart: 0 } },
  ]);
});

test('keeps what arrived as the rate of a minute, and reads one of an older build, of answers', async () => {
  const far = now + 1_000 * MINUTE;
  const minute = summary(far);
  const cart = { ...minute.modules['cart'], arrivals: 30, rps: 10 };
  await store.addMinute({
    ...minute,
    answers: { ...minute.answers, arrivals: 40, rps: 15 },
    modules: { cart } as Summary['modules'],
  });
  const old = `INSERT INTO brain.minutes (at, rps, covered, body)
    VALUES (to_timestamp($1), 15, 1, '{"modules": {"cart": {"rps": 10}}}')`;
  await admin.query(old, [(far + MINUTE) / 1_000]);
  const told = await store.minutes(far / MINUTE, 2);
  expect(told.map(({ rps, modules }) => [rps, modules['cart']])).toEqual([
    [40, 30],
    [15, 10],
  ]);
  const formats = await admin.query(
    'SELECT format FROM brain.minutes WHERE at >= to_timestamp($1) ORDER BY at',
    [far / 1_000],
  );
  expect(formats.rows).toEqual([{ format: 2 }, { format: 1 }]);
  await admin.query('DELETE FROM brain.minutes WHERE at >= to_timestamp($1)', [far / 1_000]);
});

test('forgets seconds after two hours and minutes after 400 days', async () => {
  const day = 24 * 60 * MINUTE;
  await store.addSeconds([summary(now - 3 * 60 * MINUTE)]);
  await store.addMinute(summary(now - 401 * day));
  await store.addMinute(summary(now - 399 * day));
  await store.prune(now);
  expect((await store.secondsSince(0)).every(({ at }) => at >= now - 2 * 60 * MINUTE)).toBe(true);
  expect((await store.minutes(0, 100))[0]).toMatchObject({ minute: now / MINUTE - 399 * 24 * 60, rps: 0 });
});

test('has an imported past once, marked, and keeps it while the trace is in that time', async () => {
  const june = Date.UTC(1998, 5, 10) / MINUTE;
  const past = (rps: number) => [june, june + 1].map((minute) => ({ minute, rps }));
  const sale = { fromMin: june + 60, lengthMin: 30, times: 8 };
  await importPast(admin, { minutes: past(10), sales: [sale] });
  await importPast(admin, { minutes: past(20), sales: [sale] });
  expect(await store.sales()).toMatchObject([sale]);
  await store.prune(june * MINUTE);
  expect(await store.minutes(june, 2)).toEqual(past(20).map((each) => ({ ...each, modules: {} })));
  const marked = `SELECT count(*)::integer AS marked FROM brain.minutes WHERE (body -> 'imported')::boolean`;
  expect((await admin.query(marked)).rows).toEqual([{ marked: 2 }]);
  await expect(importPast(admin, { minutes: [...past(1), ...past(1)], sales: [] })).rejects.toThrow();
  expect((await store.minutes(june, 1))[0]?.rps).toBe(20);
  await importPast(admin, { minutes: [], sales: [] });
  expect(await store.sales()).toEqual([]);
  await store.prune(now);
  expect((await store.minutes(june, 1))[0]?.minute).toBeGreaterThan(june + 1);
});

test('has the past of a trace of this year once, too', async () => {
  const lately = now / MINUTE - 30 * 1_440;
  const past = (rps: number) => [lately, lately + 1].map((minute) => ({ minute, rps }));
  const sale = { fromMin: lately + 60, lengthMin: 30, times: 8 };
  for (const rps of [10, 20]) await importPast(admin, { minutes: past(rps), sales: [sale] });
  expect(await store.minutes(lately, 2)).toEqual(past(20).map((each) => ({ ...each, modules: {} })));
  expect(await store.sales()).toMatchObject([sale]);
  await admin.query('DELETE FROM brain.sales');
});

test('keeps decisions by number, newest first', async () => {
  const [first, second] = [
    await store.addDecision({ rule: 'stay' }),
    await store.addDecision({ rule: 'rise' }),
  ];
  expect((await store.decisions(1)).map(({ id, body }) => [id, body])).toEqual([[second, { rule: 'rise' }]]);
  expect(await store.decision(first)).toMatchObject({ id: first, body: { rule: 'stay' } });
  expect(await store.decision(2_000_000)).toBeUndefined();
});

test('reads no decision that an older build stored', async () => {
  const ours = await store.addDecision({ rule: 'stay' });
  const { rows } = await admin.query<{ id: number }>(
    `INSERT INTO brain.decisions (body) VALUES ('{"rule":"rise"}') RETURNING id`,
  );
  expect(await store.decision(rows[0]?.id ?? 0)).toBeUndefined();
  expect((await store.decisions(1)).map(({ id }) => id)).toEqual([ours]);
});

test('keeps sales until they are struck', async () => {
  const sale = await store.addSale({ fromMin: 100, lengthMin: 30, times: 8 });
  expect(await store.sales()).toEqual([{ id: sale.id, fromMin: 100, lengthMin: 30, times: 8 }]);
  expect(await store.strikeSale(sale.id)).toBe(true);
  expect(await store.strikeSale(sale.id)).toBe(false);
  expect(await store.sales()).toEqual([]);
});

test('forgets sales that were over 400 days ago, so that the calendar is not full of them one day', async () => {
  const [day, lengthMin] = [1_440, 60];
  const ends = [-401, -399, 30].map((days) => now / MINUTE + days * day);
  for (const end of ends) await store.addSale({ fromMin: end - lengthMin, lengthMin, times: 8 });
  const last = await store.addSale({ fromMin: 2 ** 31 - 1, lengthMin, times: 8 });
  await store.prune(now);
  const kept = (await store.sales()).map(({ fromMin }) => fromMin + lengthMin);
  expect(kept).toEqual([...ends.slice(1), last.fromMin + lengthMin]);
  await admin.query('DELETE FROM brain.sales');
});

test('keeps one set of costs, the newest', async () => {
  expect(await store.keptCosts()).toBeUndefined();
  await store.keepCosts({ costs: 1 });
  await store.keepCosts({ costs: 2, list: [] });
  expect(await store.keptCosts()).toEqual({ costs: 2, list: [] });
  expect((await admin.query('SELECT count(*)::integer AS count FROM brain.costs')).rows).toEqual([
    { count: 1 },
  ]);
});

test.each([
  'DELETE FROM brain.costs',
  'DELETE FROM brain.seconds',
  'UPDATE brain.minutes SET rps = 0',
  'DELETE FROM brain.decisions',
  'UPDATE brain.sales SET times = 1',
  'TRUNCATE brain.minutes',
  'CREATE TABLE brain.mine (id integer)',
  'CREATE TABLE public.mine (id integer)',
  'DROP TABLE brain.seconds',
])('its role may not: %s', async (sql) => {
  const client = new pg.Client({ connectionString: roleUrl });
  await client.connect();
  await expect(client.query(sql))
    .rejects.toMatchObject({ code: '42501' })
    .finally(() => client.end());
});

test('fails within its time when Postgres is away', async () => {
  const away = openBrainStore('postgres://nobody@127.0.0.1:1/nothing');
  await expect(away.minutes(0, 1)).rejects.toThrow();
  await away.close();
});

test('fails within its time when Postgres takes a connection and says nothing, or a statement waits', async () => {
  const mute = createServer().listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { port } = mute.address() as AddressInfo;
  const unheard = openBrainStore(`postgres://nobody@127.0.0.1:${port}/nothing`);
  await expect(unheard.minutes(0, 1)).rejects.toThrow('timeout');
  await unheard.close();
  mute.close();
  await admin.query('SET idle_in_transaction_session_timeout = 0');
  await admin.query('BEGIN; LOCK TABLE brain.sales');
  await expect(store.sales()).rejects.toThrow('timeout');
  await admin.query('ROLLBACK');
});
