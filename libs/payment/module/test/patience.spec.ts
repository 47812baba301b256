import { createTestCoupling } from '@atlas/coupling-testkit';
import { describe, expect, it } from 'vitest';
import { cancelCharge } from '../src/application/cancel-charge.ts';
import { chargeOrder } from '../src/application/charge-order.ts';
import { patience } from '../src/application/patience.ts';
import type { Charge } from '../src/domain/charge.ts';
import type { ChargeStore } from '../src/ports/charge-store.ts';
import { ScriptedBank } from './scripted-bank.ts';

const left = (ms: number) => ({ remainingMs: () => ms });
const OPEN: Charge = { orderId: 'o', amountCents: 1, state: { status: 'open' }, givenUp: false };
const charges: ChargeStore = {
  open: () => Promise.resolve(OPEN),
  giveUp: () => Promise.resolve({ ...OPEN, givenUp: true }),
  settle: (_orderId, answer) => Promise.resolve(answer),
};

describe('the wait for the bank', () => {
  it('is as long as allowed, but leaves time to write the answer down', () => {
    expect(patience(left(10_000), 2_000)).toBe(2_000);
    expect(patience(left(1_000), 2_000)).toBe(700);
    expect(patience(left(350), 2_000)).toBe(0);
  });

  it('is not begun when there is no time for an answer', async () => {
    const bank = new ScriptedBank();
    const parts = { bank, charges, bankTimeoutMs: 2_000 };
    const coupling = createTestCoupling();
    const call = coupling.callOf({ deadlineMs: 350, key: 'o:charge' });
    const input = { orderId: 'o', amountCents: 1, currency: 'EUR', token: 'tok_ok' } as const;
    expect(await chargeOrder(parts, input, call)).toEqual({ status: 'unknown', declineCode: null });
    expect(await cancelCharge(parts, { orderId: 'o' }, call)).toEqual({ status: 'unknown' });
    expect(bank.asked).toEqual([]);
    await coupling.close();
  });
});
