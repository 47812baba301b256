import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { BankProcess } from './bank-process.ts';
import { ShopWithoutEdge } from './shop-without-edge.ts';

describe.each(['local', 'remote'] as const)('checkouts at the real bank, modules placed %s', (placement) => {
  let home: string;
  let bank: BankProcess;
  let shop: ShopWithoutEdge;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'bank-'));
    bank = await BankProcess.start(home);
    shop = await ShopWithoutEdge.open(inject('postgresUrl'), bank.url, placement);
  });
  afterEach(async () => {
    await shop.close();
    await bank.kill();
    await rm(home, { recursive: true, force: true });
  });

  /** Captured charges equal paid orders, one each; only paid orders hold stock. */
  const expectBooksToAgree = async (): Promise<void> => {
    const orders = await shop.orders();
    const paid = orders.filter(({ status }) => status === 'paid');
    const captured = (await bank.charges()).filter(({ status }) => status === 'captured');
    expect(captured.map(({ orderId, amountCents }) => [orderId, amountCents]).sort()).toEqual(
      paid.map(({ id, totalCents }) => [id, totalCents]).sort(),
    );
    expect([...shop.reserved].sort()).toEqual(paid.map(({ id }) => id).sort());
    expect(orders.every(({ status }) => status === 'paid' || status === 'cancelled')).toBe(true);
  };

  it('lets neither module see the other’s data', async () => {
    const refused = async (module: string, table: string): Promise<void> => {
      await shop.admin.query(`SET ROLE "${shop.roleOf(module)}"`);
      await expect(shop.admin.query(`SELECT FROM ${table}`)).rejects.toThrow(/permission denied for schema/);
      await shop.admin.query('RESET ROLE');
    };
    await refused('cart', 'payment.charges');
    await refused('payment', 'cart.orders');
  });

  it('pays, and refuses bad cards', async () => {
    expect((await shop.buy('tok_ok', 'a')).status).toBe('paid');
    await expect(shop.buy('tok_declined', 'b')).rejects.toMatchObject({ code: 'card_declined' });
    await expect(shop.buy('tok_insufficient_funds', 'c')).rejects.toMatchObject({
      details: { declineCode: 'insufficient_funds' },
    });
    await expectBooksToAgree();
  });

  it('keeps orders whose bank does not answer, and brings each to the end that the bank knows', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => shop.buy('tok_timeout', `t${n}`)));
    expect(answers.every(({ status }) => status === 'payment_pending')).toBe(true);
    await shop.settle();
    await expectBooksToAgree();
  });

  it('charges once when the bank is killed between charge and answer', async () => {
    await bank.kill();
    bank = await BankProcess.start(home, bank.port, 'acquirer.charge.after=kill');
    const pending = await shop.buy('tok_ok', 'k');
    expect(pending.status).toBe('payment_pending');
    await bank.exited;
    bank = await BankProcess.start(home, bank.port);
    expect(await bank.charges()).toMatchObject([{ orderId: pending.orderId, status: 'captured' }]);
    await shop.settle();
    expect(await bank.charges()).toHaveLength(1);
    expect(await shop.orders()).toMatchObject([{ id: pending.orderId, status: 'paid' }]);
    await expectBooksToAgree();
  });

  it('takes no money twice from a bank that fails before and after its effects', async () => {
    await bank.faults({ errorRate: 0.4, timeoutRate: 0.1 });
    await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => shop.buy(n % 4 === 0 ? 'tok_declined' : 'tok_ok', `f${n}`)),
    );
    await bank.faults({});
    await shop.settle();
    await expectBooksToAgree();
    expect(await shop.orders()).toHaveLength(20);
  });

  it('takes no money for orders that it gives up, also when it was captured unseen', async () => {
    await Promise.all(Array.from({ length: 6 }, (_, n) => shop.buy('tok_timeout', `g${n}`)));
    await shop.admin.query('UPDATE cart.orders SET give_up_at = now()');
    await shop.settle();
    expect((await shop.orders()).every(({ status }) => status === 'cancelled')).toBe(true);
    await expectBooksToAgree();
    expect((await bank.charges()).every(({ status }) => status === 'voided')).toBe(true);
  });

  it('keeps orders while nobody listens at the bank', async () => {
    await bank.kill();
    const pending = await shop.buy('tok_ok', 'k');
    expect(pending.status).toBe('payment_pending');
    bank = await BankProcess.start(home, bank.port);
    await shop.settle();
    expect(await shop.orders()).toMatchObject([{ id: pending.orderId, status: 'paid' }]);
    await expectBooksToAgree();
  });
});
