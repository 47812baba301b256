import { PlatformError, type ModuleImplementation } from '@atlas/coupling-runtime';
import { fakeModule } from '@atlas/coupling-testkit';
import { paymentContract } from '@atlas/payment-contract';
import { setTimeout as wait } from 'node:timers/promises';

type State = 'captured' | 'declined' | 'voided';

/** What becomes of one question to the bank. */
export const MOODS = [
  'answers',
  'slow_question',
  'slow_answer',
  /** It is done, but the answer is lost. */
  'done_unheard',
  /** Neither done nor answered. */
  'deaf',
  /** Not answered; a charge is captured later, unless it was cancelled meanwhile. */
  'late',
  'breaks',
] as const;
export type Mood = (typeof MOODS)[number];
const UNHEARD: readonly Mood[] = ['done_unheard', 'deaf', 'late'];
const SLOW_MS = 60;

/** Payment in memory with the promises of the real one: definite answers stay, a cancel is a tombstone. */
export class MoodyPayment {
  readonly charges = new Map<string, State>();
  /** The order of each capture, for each time that money was taken. */
  readonly captures: string[] = [];
  readonly #late: (() => void)[] = [];
  #moods: Mood[] = [];

  /** The next questions meet these moods, one each; afterwards the bank answers. */
  meets(moods: readonly Mood[]): void {
    this.#moods = [...moods];
  }

  /** What was late happens now. */
  lateChargesArrive(): void {
    for (const capture of this.#late.splice(0)) capture();
  }

  implementation(): ModuleImplementation {
    return fakeModule(paymentContract, {
      charge: ({ orderId, token }) =>
        this.#asked(orderId, () => this.#charge(orderId, token)).then((status) => ({
          status,
          declineCode: status === 'declined' ? token.replace('tok_', 'card_') : null,
        })),
      cancelCharge: ({ orderId }) =>
        this.#asked(orderId, () => {
          if (this.charges.get(orderId) !== 'declined') this.charges.set(orderId, 'voided');
        }).then((status) => {
          if (status === 'captured') throw new Error('a cancel left the money captured');
          return { status };
        }),
    });
  }

  async #asked(orderId: string, act: () => void): Promise<State | 'unknown'> {
    const mood = this.#moods.shift() ?? 'answers';
    if (mood === 'breaks') throw new PlatformError('unavailable');
    if (mood === 'slow_question') await wait(SLOW_MS);
    if (mood === 'late') this.#late.push(act);
    else if (mood !== 'deaf') act();
    const known = this.charges.get(orderId) ?? 'unknown';
    if (mood === 'slow_answer') await wait(SLOW_MS);
    return UNHEARD.includes(mood) ? 'unknown' : known;
  }

  #charge(orderId: string, token: string): void {
    if (this.charges.has(orderId)) return;
    this.charges.set(orderId, token === 'tok_ok' ? 'captured' : 'declined');
    if (token === 'tok_ok') this.captures.push(orderId);
  }
}
