/**
 * Follows an order to its end.
 *
 * W1  It is read again until it is shipped or cancelled; then never again.
 * W2  Nobody looks, nobody asks: while the page is hidden nothing is read; shown again, at once.
 * W3  What was known stays known: a read that fails changes nothing and is tried again. While nothing is, it is told.
 */
import { Problem } from './api/request.ts';
import type { Order } from './api/types.ts';

/** What the watch needs of the page around it. */
export interface Surroundings {
  read(): Promise<Order>;
  hidden(): boolean;
  /** Calls back whenever `hidden` may have changed; returns how to stop that. */
  onVisibility(listener: () => void): () => void;
  after(ms: number, work: () => void): () => void;
}

/** Every second at first, later each 4 s. */
const SOON_MS = 1_000;
const LATER_MS = 4_000;
const SOON_READS = 20;

export const final = (order: Order): boolean => order.status === 'shipped' || order.status === 'cancelled';

/** Starts watching. `tell` gets each order, or why there is none; `lasting` when no waiting cures it. @returns how to stop. */
export function watchOrder(around: Surroundings, tell: (told: Order | Problem) => void): () => void {
  let over = false;
  let known = false;
  let reading = false;
  let reads = 0;
  let cancel = (): void => undefined;
  const next = (): void => {
    cancel();
    if (!over && !around.hidden()) cancel = around.after(reads < SOON_READS ? SOON_MS : LATER_MS, look); // W2
  };
  const look = (): void => {
    if (over || reading || around.hidden()) return;
    reading = true;
    reads += 1;
    around
      .read()
      .then(
        (order) => {
          if (over) return;
          known = true;
          over = final(order); // W1
          tell(order);
        },
        (error: unknown) => {
          if (over || !(error instanceof Problem) || (known && !error.lasting)) return; // W3
          over = error.lasting;
          tell(error);
        },
      )
      .finally(() => {
        reading = false;
        next();
      });
  };
  const stopListening = around.onVisibility(() => (around.hidden() ? cancel() : look()));
  look();
  return () => {
    over = true;
    cancel();
    stopListening();
  };
}

/** The browser's own surroundings. */
export const inThisPage = (read: () => Promise<Order>): Surroundings => ({
  read,
  hidden: () => document.hidden,
  onVisibility: (listener) => {
    document.addEventListener('visibilitychange', listener);
    return () => document.removeEventListener('visibilitychange', listener);
  },
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
});
