import { describe, expect, it } from 'vitest';
import type { AuditResult } from '../src/index.ts';
import { auditOf, CLEAN } from './audited.ts';
import { callOf, CART, FakeRun, rootOf, SHOP, TOTAL_CENTS } from './run-kit.ts';

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

  it('an order that was told of and is not there', () =>
    expectFound(
      (run) => {
        const first = run.log[0] as (typeof run.log)[number];
        run.log[0] = { ...first, status: 202, orderId: 'order-99', totalCents: null };
      },
      { lostOrders: 1 },
      'order order-99 was told to be there, but does not exist',
    ));

  it('an order that was told to be cancelled and is paid', () =>
    expectFound(
      (run) => {
        const first = run.log[0] as (typeof run.log)[number];
        run.log[0] = { ...first, status: 402, totalCents: null, cancelled: true };
      },
      { lostOrders: 1 },
      'order order-1 was told to be cancelled, but is shipped',
    ));

  it.each([
    [
      'a paid order whose event was lost',
      `DELETE FROM shipping.shipments WHERE order_id = 'order-3';
       UPDATE cart.orders SET status = 'paid', tracking_number = NULL WHERE id = 'order-3'`,
      'order order-3 is paid, but there is no shipment of it',
    ],
    [
      'a shipment that is gone',
      `DELETE FROM shipping.shipments WHERE order_id = 'order-3'`,
      'order order-3 is shipped, but there is no shipment of it',
    ],
    [
      'a shipment whose event was lost',
      `UPDATE cart.orders SET status = 'paid', tracking_number = NULL WHERE id = 'order-3'`,
      'order order-3 is paid, but does not know the shipment of it',
    ],
    [
      'a shipment of an order that is not paid',
      `INSERT INTO cart.orders VALUES ('order-8', 'cancelled', 'cancelled', 9);
       INSERT INTO shipping.shipments VALUES ('shipment-8', 'order-8', 'tracking-8')`,
      'there is a shipment of order order-8, which is not paid',
    ],
  ])('%s', (_, sql, said) => expectFound((run) => run.sql.push(sql), {}, said));

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
