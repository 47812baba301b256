/**
 * Finds calls made inside a transaction. Off (and free) until `watchTransactions`, which only tests call.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

let inside: AsyncLocalStorage<true> | undefined;

/** Switches the watch on for the rest of the process. */
export function watchTransactions(): void {
  inside ??= new AsyncLocalStorage();
}

/** @throws Error naming `what`, when it is done inside a transaction and the watch is on. */
export function assertOutsideTransaction(what: string): void {
  if (inside?.getStore())
    throw new Error(`${what} inside a database transaction: no transaction may span a call or outside I/O`);
}

/** Runs a transaction's work so that `assertOutsideTransaction` knows about it. */
export function insideTransaction<T>(work: () => Promise<T>): Promise<T> {
  return inside === undefined ? work() : inside.run(true, work);
}
