/** One request from the moment it is due until its answer is judged, counted and written down. */
import type { Answer, Verdict } from './answer.ts';
import { nowMs } from './clock.ts';
import type { Customer } from './customer.ts';
import { STEPS } from './journey.ts';
import type { Turn } from './population.ts';
import type { LoadLine, RequestRecord } from './protocol.ts';
import type { RequestLog } from './request-log.ts';
import type { ShopClient } from './shop-client.ts';
import type { Tally } from './tally.ts';

/** Failures told one by one; the counts go on. */
const FAILURES_TOLD = 50;

export interface ExchangeParts {
  readonly client: ShopClient;
  readonly tally: Tally;
  readonly log: RequestLog;
  readonly emit: (line: LoadLine) => void;
}

export class Exchange {
  /** Customers whose order was answered 202 and has no known end. */
  readonly pending = new Set<Customer>();
  readonly #parts: ExchangeParts;
  #told = 0;
  #whenIdle: (() => void) | undefined;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  /** Sends the step's request now; `scheduled` is when it was due. Never rejects. */
  async run(phase: RequestRecord['phase'], turn: Turn, scheduled: number): Promise<Verdict> {
    const { client, tally, log } = this.#parts;
    const { customer, step } = turn;
    const request = customer.request(step);
    tally.began(turn, nowMs());
    const answer = await client.send(request);
    const verdict = customer.accept(step, answer);
    if (customer.pending) this.pending.add(customer);
    else this.pending.delete(customer);
    tally.ended({ ...turn, phase, scheduled, answer, verdict });
    const { method, route } = STEPS[step];
    const journey = customer.journey.number;
    const failed = verdict.failure !== null;
    const { orderId, totalCents, cancelled } = verdict;
    log.write({
      ...{ phase, scheduled, method, route: `${method} ${route}`, failed },
      ...outcome(answer),
      ...{ journey, key: request.key, orderId, totalCents, cancelled },
    });
    if (failed) this.#tell(turn, answer, verdict);
    if (tally.inFlight === 0) this.#whenIdle?.();
    return verdict;
  }

  /** Resolves when no request is in flight. */
  idle(): Promise<void> {
    if (this.#parts.tally.inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#whenIdle = resolve));
  }

  #tell({ step }: Turn, { status, rootId, done }: Answer, { failure }: Verdict): void {
    if (failure === null || this.#told++ >= FAILURES_TOLD) return;
    this.#parts.emit({ type: 'failure', at: done, step, ...failure, status, rootId });
  }
}

const outcome = ({ status, epoch, mode, rootId, sent, done }: Answer) =>
  ({ status, epoch, mode, rootId, sent, done }) as const;
