import { describe, expect, inject, it } from 'vitest';
import { audit, type AuditResult } from '../src/index.ts';
import {
  callOf,
  CART,
  eventOf,
  FakeRun,
  rootOf,
  SHOP,
  startFakeBank,
  TOTAL_CENTS,
  withDatabase,
  withFolder,
} from './run-kit.ts';

let database = 0;

/** Writes the run down and audits it. */
function auditOf(run: FakeRun, waitMs = 0): Promise<AuditResult> {
  return withFolder((folder) =>
    withDatabase(inject('postgresUrl'), `auditor_${++database}`, async (postgresUrl, client) => {
      await run.fill(client);
      const bank = await startFakeBank(run.charges);
      try {
        const files = await run.write(folder);
        return await audit({ postgresUrl, acquirerUrl: bank.url, ...files, waitMs, recheckMs: 0 });
      } finally {
        bank.close();
      }
    }),
  );
}

const CLEAN = {
  ...{
    lostOrders: 0,
    duplicateCharges: 0,
    mixedEpochRoots: 0,
    negativeStock: 0,
    stockMismatch: 0,
    coverage: 1,
  },
  ...{ ok: true, problems: [] },
};

/** Spoils a clean run and expects exactly these findings, in words that contain `said`. */
async function expectFound(
  spoil: (run: FakeRun) => void,
  found: Partial<AuditResult>,
  said: string,
): Promise<void> {
  const run = new FakeRun();
  spoil(run);
  const { problems, checked: _, ...result } = await auditOf(run);
  expect(result).toEqual({ ...CLEAN, problems: undefined, ok: false, ...found });
  expect(problems.join('\n')).toContain(said);
}

describe('a clean run', () => {
  it('passes, and tells how much was looked at', async () => {
    const { checked, ...result } = await auditOf(new FakeRun());
    expect(result).toEqual(CLEAN);
    expect(checked).toEqual({
      ...{ hosts: 2, logged: 6, clientRequests: 6, roots: 6, calls: 12, serves: 12, orders: 6, charges: 6 },
    });
  });

  it('may hold declined and voided charges, cancelled orders, failed calls and retries', async () => {
    const run = new FakeRun();
    run.charges.push({ orderId: 'order-7', amountCents: 9, status: 'declined' });
    run.charges.push({ orderId: 'smoke-1', amountCents: 1, status: 'voided' });
    run.sql.push(`INSERT INTO cart.orders VALUES ('order-7', 'cancelled', 'cancelled', 9)`);
    const [serve, call] = callOf(rootOf(2), 2, 'cart.getCart', CART);
    run.cart.push(serve);
    run.shop.push({ ...serve, type: 'serve', instance: 'shop-0' } as typeof serve);
    run.shop.push({ ...call, target: 'shop-0' } as typeof call);
    run.shop.push({ ...call, operation: 'getOrder', target: '', outcome: 'unavailable' } as typeof call);
    expect(await auditOf(run)).toMatchObject({ ok: true, problems: [] });
  });
});

describe('planted faults', () => {
  it('a lost order', () =>
    expectFound(
      (run) => run.sql.push(`DELETE FROM cart.orders WHERE id = 'order-3'`),
      { lostOrders: 1, duplicateCharges: 1, stockMismatch: 1 },
      'order order-3 was told to be paid, but does not exist',
    ));

  it('an order that was told to be paid and is not', () =>
    expectFound(
      (run) => {
        run.sql.push(
          `UPDATE cart.orders SET status = 'cancelled', saga_state = 'cancelled' WHERE id = 'order-3'`,
          `UPDATE catalog.reservations SET state = 'released' WHERE order_id = 'order-3'`,
          `UPDATE catalog.products SET stock = stock + 1 WHERE id = 'lamp'`,
        );
        run.charges.splice(2, 1);
      },
      { lostOrders: 1 },
      'order order-3 was told to be paid, but is cancelled',
    ));

  it('an order with another total than was told', () =>
    expectFound(
      (run) => run.sql.push(`UPDATE cart.orders SET total_cents = 1 WHERE id = 'order-3'`),
      { lostOrders: 1 },
      'order-3',
    ));

  it('a paid order that was never charged, though no client heard of it', () =>
    expectFound(
      (run) => run.sql.push(`INSERT INTO cart.orders VALUES ('order-9', 'paid', 'paid', 5)`),
      { lostOrders: 1 },
      'order order-9 is paid, but the bank has captured nothing for it',
    ));

  it('a double charge', () =>
    expectFound(
      (run) => run.charges.push({ orderId: 'order-2', amountCents: TOTAL_CENTS, status: 'captured' }),
      { duplicateCharges: 1 },
      'the bank has captured money for order order-2 2 times',
    ));

  it('a charge of another amount', () =>
    expectFound(
      (run) => (run.charges[0] = { orderId: 'order-1', amountCents: 7, status: 'captured' }),
      { lostOrders: 1 },
      'but 7 were captured',
    ));

  it('a charge for nothing', () =>
    expectFound(
      (run) => run.charges.push({ orderId: 'order-77', amountCents: 5, status: 'captured' }),
      { duplicateCharges: 1 },
      'order-77, which does not exist',
    ));

  it('a root under two epochs', () =>
    expectFound(
      (run) => run.shop.push(...callOf(rootOf(2), 1, 'catalog.getProduct', SHOP)),
      { mixedEpochRoots: 1 },
      `root ${rootOf(2)} ran under epochs 1, 2`,
    ));

  it('an answer that names another epoch than its root', () =>
    expectFound(
      (run) => run.log.splice(0, 1, { ...(run.log[0] as (typeof run.log)[number]), epoch: 2 }),
      { mixedEpochRoots: 1 },
      `root ${rootOf(1)} ran under epochs 1, 2`,
    ));

  it('the missing file of a host that still runs', () =>
    expectFound(
      (run) => run.files.delete(CART),
      {},
      'cart-0 (bb) is running, but there is no audit file of it',
    ));

  it('the missing file of a host that has gone', () =>
    expectFound(
      (run) => {
        run.files.delete(CART);
        run.sql.push(`DELETE FROM coupling.leases WHERE instance = 'cart-0'`);
      },
      {},
      'there is no audit file of cart-0',
    ));

  it('the missing file of the bundle that admitted the roots', async () => {
    const run = new FakeRun();
    run.files.delete(SHOP);
    expect(await auditOf(run)).toMatchObject({ ok: false, coverage: 0 });
  });

  it('a request whose root was never admitted', () =>
    expectFound(
      (run) =>
        run.log.push({ ...(run.log[0] as (typeof run.log)[number]), rootId: rootOf(99), orderId: null }),
      { coverage: 6 / 7 },
      `root ${rootOf(99)} is on no record as admitted`,
    ));

  it('a success that names no root', () =>
    expectFound(
      (run) => run.log.push({ ...(run.log[0] as (typeof run.log)[number]), rootId: null }),
      { coverage: 6 / 7 },
      '1 successful answers name no root',
    ));

  it('an answered call without its serve', () =>
    expectFound(
      (run) => run.cart.shift(),
      {},
      'cart.checkout was answered by cart-0, but cart-0 has no record of it',
    ));

  it('a serve that nobody called', () =>
    expectFound(
      (run) => run.cart.push(callOf(rootOf(2), 2, 'cart.getCart', CART)[0]),
      {},
      'cart.getCart was served, but nobody has called it',
    ));

  it('a serve by a host that the layout does not allow', () =>
    expectFound(
      (run) => {
        const [serve, call] = callOf(rootOf(1), 1, 'cart.getCart', CART);
        run.cart.push(serve);
        run.shop.push(call);
      },
      {},
      'cart.getCart was served by cart-0, which epoch 1 does not allow',
    ));

  it('negative stock', () =>
    expectFound(
      (run) => run.sql.push(`UPDATE catalog.products SET stock = -1, initial_stock = -1 WHERE id = 'shirt'`),
      { negativeStock: 1 },
      'product shirt has a stock of -1',
    ));

  it('stock that does not match its reservations', () =>
    expectFound(
      (run) => run.sql.push(`UPDATE catalog.products SET stock = stock + 1 WHERE id = 'lamp'`),
      { stockMismatch: 1 },
      'product lamp has a stock of 95, but had 100, of which 6 are reserved and 6 ordered',
    ));

  it('a paid order that took nothing from stock', () =>
    expectFound(
      (run) =>
        run.sql.push(
          `DELETE FROM catalog.reservations WHERE order_id = 'order-3'`,
          `UPDATE catalog.products SET stock = stock + 1 WHERE id = 'lamp'`,
        ),
      { stockMismatch: 1 },
      'product lamp has a stock of 95, but had 100, of which 5 are reserved and 6 ordered',
    ));

  it('stock that a cancelled order keeps', () =>
    expectFound(
      (run) =>
        run.sql.push(
          `INSERT INTO cart.orders VALUES ('order-8', 'cancelled', 'cancelled', 9, '[{"productId": "shirt", "quantity": 2}]')`,
          `INSERT INTO catalog.reservations VALUES ('order-8', 'reserved', '[{"productId": "shirt", "quantity": 2}]')`,
          `UPDATE catalog.products SET stock = stock - 2 WHERE id = 'shirt'`,
        ),
      { stockMismatch: 1 },
      'product shirt has a stock of 48, but had 50, of which 2 are reserved and 0 ordered',
    ));

  it('nothing at all to audit', async () => {
    const run = new FakeRun(0);
    expect(await auditOf(run)).toMatchObject({ ok: false, coverage: 0 });
  });
});

describe('a serve without its caller', () => {
  it.each([
    { ok: true, verdict: 'fine', when: 'its caller died', cause: 'signal', ended: false },
    {
      ok: true,
      verdict: 'fine',
      when: 'its caller was killed after it had been told to stop',
      cause: 'retired',
      ended: false,
    },
    {
      ok: false,
      verdict: 'a problem',
      when: 'its caller was retired in order',
      cause: 'retired',
      ended: true,
    },
    { ok: false, verdict: 'a problem', when: 'its caller lives', cause: undefined, ended: false },
  ])('is $verdict when $when', async ({ ok, cause, ended }) => {
    const run = new FakeRun();
    run.cart.push(callOf(rootOf(2), 2, 'cart.getCart', CART)[0]);
    if (ended) run.ended.add(SHOP);
    if (cause !== undefined)
      run.sql.push(`INSERT INTO coupling.exits (instance, nonce, cause) VALUES ('shop-0', 'aa', '${cause}')`);
    expect(await auditOf(run)).toMatchObject({ ok });
  });
});

describe('work that is still open', () => {
  it('is waited for, and named when the wait is over', async () => {
    const run = new FakeRun();
    run.sql.push(`INSERT INTO cart.orders VALUES ('order-9', 'payment_pending', 'charging', 5)`);
    run.sql.push(eventOf('order.paid', 'order-9'), eventOf('order.lost', 'order-9'));
    const { ok, problems } = await auditOf(run, 600);
    expect(ok).toBe(false);
    expect(problems[0]).toMatch(
      /^still open after 1 s: checkouts of the orders order-9; events shipping ← .*order\.paid/,
    );
    expect(problems[0]).toContain('nobody ← ');
  });

  it('is audited once it has ended', async () => {
    const run = new FakeRun();
    await withFolder((folder) =>
      withDatabase(inject('postgresUrl'), `auditor_${++database}`, async (postgresUrl, client) => {
        await run.fill(client);
        await client.query(
          `UPDATE cart.orders SET status = 'payment_pending', saga_state = 'charging' WHERE id = 'order-1'`,
        );
        const bank = await startFakeBank(run.charges);
        const progress: unknown[] = [];
        const onProgress = (step: unknown): void => {
          if (progress.push(step) === 1)
            void client.query(`UPDATE cart.orders SET status = 'paid', saga_state = 'paid'`);
        };
        const files = await run.write(folder);
        const result = await audit({
          postgresUrl,
          acquirerUrl: bank.url,
          ...files,
          waitMs: 10_000,
          onProgress,
        });
        bank.close();
        expect(result).toMatchObject({ ok: true });
        expect(progress[0]).toMatchObject({ openSagas: 1, openEvents: 0 });
      }),
    );
  });
});
