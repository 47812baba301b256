import type { BankAnswer } from '../src/domain/charge.ts';
import type { Bank, BankCharge } from '../src/ports/bank.ts';

/** A bank that answers as told and remembers what it was asked. It keeps tombstones as the real one does. */
export class ScriptedBank implements Bank {
  readonly asked: string[] = [];
  readonly captured = new Set<string>();
  readonly #tombstones = new Set<string>();
  /** Awaited before a charge is looked at. */
  gate: Promise<void> = Promise.resolve();
  /** Awaited before a charge is answered. */
  answerGate: Promise<void> = Promise.resolve();
  next: 'capture' | 'decline' | 'silent' | 'capture_silently' = 'capture';

  async charge({ key }: BankCharge): Promise<BankAnswer> {
    this.asked.push(`charge ${key}`);
    await this.gate;
    if (this.#tombstones.has(key)) return { status: 'voided', declineCode: null };
    if (this.next === 'decline') return { status: 'declined', declineCode: 'card_declined' };
    if (this.next !== 'silent') this.captured.add(key);
    await this.answerGate;
    return this.next === 'capture' ? { status: 'captured', declineCode: null } : { status: 'unknown' };
  }

  cancel(key: string): Promise<BankAnswer> {
    this.asked.push(`cancel ${key}`);
    if (this.next === 'silent') return Promise.resolve({ status: 'unknown' });
    this.#tombstones.add(key);
    this.captured.delete(key);
    return Promise.resolve({ status: 'voided', declineCode: null });
  }
}
