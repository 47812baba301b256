import type { ModuleImplementation } from '@atlas/coupling-runtime';
import { fakeModule } from '@atlas/coupling-testkit';
import { paymentContract } from '@atlas/payment-contract';

type State = 'captured' | 'declined' | 'voided';

/** Payment in memory with the promises of the real one: definite answers stay, a cancel is a tombstone. */
export class FakePayment {
  readonly charges = new Map<string, State>();
  /** Captures ever made, per order. */
  readonly captures = new Map<string, number>();
  /** What it was last asked for, per order. */
  readonly amounts = new Map<string, number>();
  /** Keys it was called with. */
  readonly keys: (string | undefined)[] = [];
  mood: 'definite' | 'silent' | 'silent_captured' = 'definite';

  implementation(): ModuleImplementation {
    return fakeModule(paymentContract, {
      charge: ({ orderId, amountCents, token }, call) => {
        this.keys.push(call.key);
        this.amounts.set(orderId, amountCents);
        if (this.mood !== 'silent') this.#charge(orderId, token);
        const status = this.mood === 'definite' ? this.charges.get(orderId) : undefined;
        const declineCode = status === 'declined' ? token.replace('tok_', 'card_') : null;
        return Promise.resolve({ status: status ?? 'unknown', declineCode });
      },
      cancelCharge: ({ orderId }, call) => {
        this.keys.push(call.key);
        if (this.mood === 'silent') return Promise.resolve({ status: 'unknown' });
        if (this.charges.get(orderId) !== 'declined') this.charges.set(orderId, 'voided');
        return Promise.resolve({ status: this.charges.get(orderId) ?? 'unknown' });
      },
    });
  }

  #charge(orderId: string, token: string): void {
    if (this.charges.has(orderId)) return;
    const captured = token === 'tok_ok';
    this.charges.set(orderId, captured ? 'captured' : 'declined');
    if (captured) this.captures.set(orderId, (this.captures.get(orderId) ?? 0) + 1);
  }
}
