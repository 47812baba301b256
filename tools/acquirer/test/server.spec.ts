import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAcquirer, type RunningAcquirer } from '../src/acquirer.ts';
import { fateOf } from '../src/decide.ts';
import { bankClient, TOKEN } from './bank-client.ts';

const keyWith = (fate: string, name: string): string => {
  for (let n = 0; ; n += 1) if (fateOf(`${name}-${n}`, 's') === fate) return `${name}-${n}`;
};

describe('the bank over HTTP', () => {
  let folder: string;
  let acquirer: RunningAcquirer;
  let bank: ReturnType<typeof bankClient>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'acquirer-'));
    acquirer = await startAcquirer({
      ledgerFile: join(folder, 'ledger.jsonl'),
      port: 0,
      token: TOKEN,
      seed: 's',
      holdMs: 400,
      lateMs: 50,
      onError: (error) => console.error(error),
      onBroken: (error) => console.error(error),
    });
    bank = bankClient(acquirer.url);
  });
  afterEach(() => bank.post('/v1/faults', {}));
  afterAll(async () => {
    await acquirer.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('charges once per key and repeats its answer', async () => {
    const first = await bank.charge('a:charge', 'tok_ok');
    expect(first).toMatchObject({
      status: 200,
      body: { idempotencyKey: 'a:charge', orderId: 'order-a:charge', amountCents: 500, status: 'captured' },
    });
    expect(await bank.charge('a:charge', 'tok_ok')).toEqual(first);
    expect(await bank.charge('a:charge', 'tok_ok', { amountCents: 501 })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
  });

  it('declines a token that stands for no card, whatever it looks like', async () => {
    for (const [n, token] of ['tok_?', '\u0000', '🫖', 'x'.repeat(100)].entries())
      expect((await bank.charge(`odd-${n}`, token)).body['status']).toBe('declined');
  });

  it('gives racing requests of one key one charge', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => bank.charge('race', 'tok_ok')));
    expect(new Set(answers.map((a) => a.body['id'])).size).toBe(1);
  });

  it('voids a captured charge, keeps a declined one, and refuses a charge after its tombstone', async () => {
    await bank.charge('b:charge', 'tok_ok');
    expect((await bank.cancel('b:charge')).body).toMatchObject({ status: 'voided', amountCents: 500 });
    expect((await bank.cancel('b:charge')).body).toMatchObject({ status: 'voided' });
    await bank.charge('c:charge', 'tok_declined');
    expect((await bank.cancel('c:charge')).body).toMatchObject({ status: 'declined' });
    expect((await bank.cancel('d:charge', { orderId: 'd' })).body).toMatchObject({ orderId: 'd' });
    expect((await bank.charge('d:charge', 'tok_ok')).body).toMatchObject({ status: 'voided' });
  });

  it('does not answer tok_timeout in time, and is definite on the retry', async () => {
    const captured = keyWith('captured_at_once', 'silent');
    const declined = keyWith('declined', 'silent');
    await expect(bank.charge(captured, 'tok_timeout', { timeoutMs: 100 })).rejects.toThrow(/timeout/);
    await expect(bank.charge(declined, 'tok_timeout')).rejects.toThrow();
    expect((await bank.charge(captured, 'tok_timeout')).body['status']).toBe('captured');
    expect((await bank.charge(declined, 'tok_timeout')).body).toMatchObject({
      declineCode: 'processing_error',
    });
  });

  it('captures late by itself, unless a tombstone was quicker', async () => {
    const late = keyWith('captured_late', 'late');
    const quick = keyWith('captured_late', 'quick');
    const held = bank.charge(late, 'tok_timeout').catch(() => 'cut');
    await expect(bank.charge(quick, 'tok_timeout', { timeoutMs: 30 })).rejects.toThrow(/timeout/);
    await bank.cancel(quick);
    expect(await held).toBe('cut');
    const { items } = (await bank.get('/v1/charges?limit=1000')).body as {
      items: { idempotencyKey: string }[];
    };
    expect(items.find((row) => row.idempotencyKey === late)).toMatchObject({ status: 'captured' });
    expect(items.find((row) => row.idempotencyKey === quick)).toMatchObject({ status: 'voided' });
  });

  it('lists page by page without a token, also when rows change between the pages', async () => {
    for (const n of [1, 2, 3, 4, 5]) await bank.charge(`page-${n}`, 'tok_ok');
    const keys: string[] = [];
    for (let after: string | null = ''; after !== null;) {
      const page = await bank.get(`/v1/charges?after=${after}&limit=2`);
      expect(page.status).toBe(200);
      const { items, next } = page.body as { items: { idempotencyKey: string }[]; next: string | null };
      keys.push(...items.map((row) => row.idempotencyKey));
      after = next;
      await bank.cancel('page-1');
    }
    expect(keys.filter((key) => key.startsWith('page-'))).toEqual([1, 2, 3, 4, 5].map((n) => `page-${n}`));
  });

  it.each([
    ['a body that is no JSON', '/v1/charges', '{', {}, 400],
    [
      'a negative amount',
      '/v1/charges',
      { orderId: 'o', amountCents: -1, currency: 'EUR', token: 't' },
      {},
      400,
    ],
    ['half a cent', '/v1/charges', { orderId: 'o', amountCents: 0.5, currency: 'EUR', token: 't' }, {}, 400],
    [
      'another currency',
      '/v1/charges',
      { orderId: 'o', amountCents: 1, currency: 'USD', token: 't' },
      {},
      400,
    ],
    [
      'an unknown field',
      '/v1/charges',
      { orderId: 'o', amountCents: 1, currency: 'EUR', token: 't', x: 1 },
      {},
      400,
    ],
    [
      'no key',
      '/v1/charges',
      { orderId: 'o', amountCents: 1, currency: 'EUR', token: 't' },
      { 'idempotency-key': '' },
      400,
    ],
    ['a huge body', '/v1/charges', 'x'.repeat(400_000), {}, 413],
    ['a wrong token', '/v1/charges', {}, { authorization: 'Bearer x' }, 401],
    ['a cancel with a wrong token', '/v1/charges/k/cancel', {}, { authorization: 'Bearer x' }, 401],
    ['a badly encoded key', '/v1/charges/%E0%A4%A/cancel', {}, {}, 400],
    ['an unknown fault', '/v1/faults', { slow: true }, {}, 400],
    ['a fault named as what every object has', '/v1/faults', { toString: 1 }, {}, 400],
    ['a fault out of range', '/v1/faults', { errorRate: 2 }, {}, 400],
    ['an unknown path', '/v1/refunds', {}, {}, 404],
  ])('refuses %s', async (_name, path, body, headers, status) => {
    const answer = await bank.post(path, body, { 'idempotency-key': 'k', ...headers });
    expect(answer).toMatchObject({ status, body: { status, code: expect.any(String) as string } });
  });

  it('refuses a wrong method, limit and cursor', async () => {
    expect((await bank.get('/v1/faults')).status).toBe(401);
    expect((await bank.get('/v1/charges/k/cancel')).status).toBe(405);
    expect((await bank.get('/v1/charges?limit=0')).status).toBe(400);
    expect((await bank.get('/v1/charges?after=nonsense')).status).toBe(400);
  });

  it('fails as it is told to, and never loses what it did', async () => {
    await bank.post('/v1/faults', { errorRate: 1 });
    const many = 40; // that all, or none, fail on the same side of their effect will not be seen
    const codes = await Promise.all(Array.from({ length: many }, (_, n) => bank.charge(`f-${n}`, 'tok_ok')));
    expect(codes.every((answer) => answer.status === 500)).toBe(true);
    const { items } = (await bank.get('/v1/charges?limit=1000')).body as {
      items: { idempotencyKey: string }[];
    };
    const done = items.filter(({ idempotencyKey }) => idempotencyKey.startsWith('f-'));
    expect(done.length).toBeGreaterThan(0);
    expect(done.length).toBeLessThan(many);
    await bank.post('/v1/faults', { down: true });
    await expect(bank.charge('f-0', 'tok_ok')).rejects.toThrow();
    expect((await bank.get('/healthz')).status).toBe(200);
    await bank.post('/v1/faults', { timeoutRate: 1 });
    await expect(bank.charge('f-0', 'tok_ok', { timeoutMs: 50 })).rejects.toThrow(/timeout/);
    await bank.post('/v1/faults', { latencyMs: 20 });
    expect((await bank.charge('f-0', 'tok_ok')).body['status']).toBe('captured');
  });
});
