import type { ExitRecord } from '@atlas/control-store';
import type { Evidence } from './poison.ts';

type Waiter = (evidence: Evidence) => void;

/**
 * How processes ended, and which lost calls wait to hear it.
 *
 * X1  An exit is final: a nonce that has ended is never alive again.
 * X2  Each waiter is told once.
 */
export class ExitEvidence {
  readonly #causes = new Map<string, ExitRecord['cause']>();
  readonly #waiters = new Map<string, Set<Waiter>>();

  /** Takes what the store says; exits that it no longer lists are forgotten. */
  setExits(exits: readonly ExitRecord[]): void {
    const listed = new Set(exits.map((exit) => exit.nonce));
    for (const nonce of this.#causes.keys()) if (!listed.has(nonce)) this.#causes.delete(nonce);
    for (const { nonce, cause } of exits) {
      this.#causes.set(nonce, cause);
      this.#tell(nonce, cause);
    }
  }

  /** The process answered again, with the nonce it had. */
  sawAlive(nonce: string): void {
    if (!this.#causes.has(nonce)) this.#tell(nonce, 'alive');
  }

  /** Tells `waiter` at once or later; the returned function takes the wish back. */
  await(nonce: string, waiter: Waiter): () => void {
    const cause = this.#causes.get(nonce);
    if (cause !== undefined) {
      waiter(cause);
      return () => {};
    }
    const waiters = this.#waiters.get(nonce) ?? new Set();
    this.#waiters.set(nonce, waiters.add(waiter));
    return () => {
      waiters.delete(waiter);
      if (waiters.size === 0 && this.#waiters.get(nonce) === waiters) this.#waiters.delete(nonce);
    };
  }

  #tell(nonce: string, evidence: Evidence): void {
    const waiters = this.#waiters.get(nonce);
    if (waiters === undefined) return;
    this.#waiters.delete(nonce);
    for (const waiter of waiters) waiter(evidence);
  }
}
