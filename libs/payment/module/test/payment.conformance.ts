import { createTestCoupling, type TestCoupling, type TestPlacement } from '@atlas/coupling-testkit';
import { paymentContract } from '@atlas/payment-contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { PostgresChargeStore } from '../src/adapters/postgres-charge-store.ts';
import { paymentHandlers } from '../src/payment.handlers.ts';
import { paymentDatabase, type TestDatabase } from './payment-database.ts';
import { ScriptedBank } from './scripted-bank.ts';

/** What payment promises, wherever it is placed. */
export function paymentConformance(placement: TestPlacement): void {
  describe(`payment, placed ${placement}`, () => {
    let database: TestDatabase;
    let bank: ScriptedBank;
    let coupling: TestCoupling;
    let orders = 0;
    let orderId: string;
    beforeAll(async () => {
      database = await paymentDatabase(inject('postgresUrl'));
    });
    afterAll(() => database.close());
    beforeEach(async () => {
      orderId = `order-${(orders += 1)}`;
      bank = new ScriptedBank();
      const charges = new PostgresChargeStore(database.database);
      const modules = [paymentHandlers({ bank, charges, bankTimeoutMs: 500 })];
      coupling = createTestCoupling({ modules, placement });
      await coupling.start();
    });
    afterEach(() => coupling.close());

    const charge = (amountCents = 900) =>
      coupling
        .client(paymentContract)
        .charge(
          { orderId, amountCents, currency: 'EUR', token: 'tok_ok' },
          coupling.callOf({ key: `${orderId}:charge` }),
        );
    const cancel = () =>
      coupling
        .client(paymentContract)
        .cancelCharge({ orderId }, coupling.callOf({ key: `${orderId}:cancel` }));

    it('captures once and repeats the answer without asking the bank again', async () => {
      expect(await charge()).toEqual({ status: 'captured', declineCode: null });
      expect(await charge()).toEqual({ status: 'captured', declineCode: null });
      expect(bank.asked).toEqual([`charge ${orderId}:charge`]);
    });

    it('keeps a decline', async () => {
      bank.next = 'decline';
      expect(await charge()).toEqual({ status: 'declined', declineCode: 'card_declined' });
      bank.next = 'capture';
      expect(await charge()).toEqual({ status: 'declined', declineCode: 'card_declined' });
      expect(await cancel()).toEqual({ status: 'declined' });
    });

    it('says unknown while the bank is silent, and asks again with the same key', async () => {
      bank.next = 'capture_silently';
      expect(await charge()).toEqual({ status: 'unknown', declineCode: null });
      bank.next = 'capture';
      expect((await charge()).status).toBe('captured');
      expect(new Set(bank.asked)).toEqual(new Set([`charge ${orderId}:charge`]));
    });

    it('refuses another amount for the same order', async () => {
      await charge(900);
      await expect(charge(901)).rejects.toMatchObject({ code: 'invalid_input' });
    });

    it('refuses a charge after a cancel, without asking the bank', async () => {
      expect(await cancel()).toEqual({ status: 'voided' });
      expect(await charge()).toEqual({ status: 'voided', declineCode: null });
      expect(bank.asked).toEqual([`cancel ${orderId}:charge`]);
    });

    it('starts no charge while a cancel waits for the bank, and says voided only when that has confirmed', async () => {
      bank.next = 'silent';
      expect(await cancel()).toEqual({ status: 'unknown' });
      expect((await charge()).status).toBe('unknown');
      expect(bank.asked).toEqual([`cancel ${orderId}:charge`]);
      bank.next = 'capture';
      expect(await cancel()).toEqual({ status: 'voided' });
      expect((await charge()).status).toBe('voided');
    });

    it('gives captured money back', async () => {
      await charge();
      expect(await cancel()).toEqual({ status: 'voided' });
      expect(bank.captured.size).toBe(0);
      expect((await charge()).status).toBe('voided');
    });

    it('keeps no money when a cancel overtakes a charge on its way', async () => {
      let open = (): void => undefined;
      bank.gate = new Promise((resolve) => (open = resolve));
      const charging = charge();
      await expect.poll(() => bank.asked).toHaveLength(1);
      expect(await cancel()).toEqual({ status: 'voided' });
      open();
      expect((await charging).status).toBe('voided');
      expect(bank.captured.size).toBe(0);
    });

    it('keeps to the cancel when the answer of the charge that it gave back comes after it', async () => {
      let open = (): void => undefined;
      bank.answerGate = new Promise((resolve) => (open = resolve));
      const charging = charge();
      await expect.poll(() => bank.captured.size).toBe(1);
      expect(await cancel()).toEqual({ status: 'voided' });
      open();
      expect((await charging).status).toBe('voided');
      expect((await charge()).status).toBe('voided');
    });

    it('asks for no money again once it was given up, though the bank has confirmed nothing', async () => {
      bank.next = 'silent';
      expect((await charge()).status).toBe('unknown');
      expect(await cancel()).toEqual({ status: 'unknown' });
      bank.next = 'capture';
      expect((await charge()).status).toBe('unknown');
      expect(bank.captured.size).toBe(0);
      expect(await cancel()).toEqual({ status: 'voided' });
    });

    it('answers racing charges alike', async () => {
      const answers = await Promise.all([charge(), charge(), charge()]);
      expect(answers.map(({ status }) => status)).toEqual(['captured', 'captured', 'captured']);
      expect(bank.captured.size).toBe(1);
    });
  });
}
