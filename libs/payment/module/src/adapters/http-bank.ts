/**
 * The acquirer over HTTP.
 *
 * H1  Only an answer that was read whole and understood is definite; whatever else happens is `unknown`.
 * H2  Nothing is retried here: asking again is the caller's decision, always with the same key.
 * H3  Never inside a database transaction.
 * H4  Who has no connection within a quarter of his time does not ask: the outcome is `unknown`. Else, with somewhat more
 *     charges than the bank answers at a time, all of them were asked so late that no answer came in time.
 */
import { PlatformError, steadyNow } from '@atlas/coupling-runtime';
import { assertOutsideTransaction } from '@atlas/platform-database';
import { faultPoint } from '@atlas/platform-fault';
import { Pool } from 'undici';
import type { BankAnswer } from '../domain/charge.ts';
import type { Bank, BankCharge } from '../ports/bank.ts';
import { Gate } from './gate.ts';

export interface HttpBankOptions {
  /** Base URL without trailing slash. */
  readonly url: string;
  readonly token: string;
  /** Most connections at a time; 32 by default. */
  readonly connections?: number;
  /** Told, in words, of each request that the bank will never take: whoever asked keeps asking, and tells nobody. */
  readonly onRefused: (what: string) => void;
}

interface Request {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** Largest answer that is read, bytes: a charge takes some hundred. */
const MOST_BYTES = 16 * 1_024;

const UNKNOWN = { status: 'unknown' } as const;
/** Statuses that say: this request is wrong and always will be. 408 and 429 are not among them. */
const REFUSALS = new Set([400, 401, 403, 404, 405, 413, 422]);

export class HttpBank implements Bank {
  readonly #pool: Pool;
  readonly #gate: Gate;
  readonly #authorization: string;
  readonly #onRefused: HttpBankOptions['onRefused'];

  constructor({ url, token, connections = 32, onRefused }: HttpBankOptions) {
    this.#pool = new Pool(url, { connections, pipelining: 1, maxResponseSize: MOST_BYTES });
    this.#gate = new Gate(connections);
    this.#authorization = `Bearer ${token}`;
    this.#onRefused = onRefused;
  }

  charge(charge: BankCharge, timeoutMs: number): Promise<BankAnswer> {
    const { key, orderId, amountCents, currency, token } = charge;
    const body = { orderId, amountCents, currency, token };
    return this.#ask({ path: '/v1/charges', headers: { 'idempotency-key': key }, body }, timeoutMs);
  }

  cancel(key: string, orderId: string, timeoutMs: number): Promise<BankAnswer> {
    const path = `/v1/charges/${encodeURIComponent(key)}/cancel`;
    return this.#ask({ path, headers: {}, body: { orderId } }, timeoutMs);
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #ask(request: Request, timeoutMs: number): Promise<BankAnswer> {
    assertOutsideTransaction('a request to the bank');
    await faultPoint('payment.bank.before');
    const until = steadyNow() + timeoutMs;
    if (!(await this.#gate.enter(timeoutMs / 4))) return UNKNOWN; // H4
    const { status, text } = await this.#send(request, Math.max(1, until - steadyNow())).finally(() =>
      this.#gate.leave(),
    );
    await faultPoint('payment.bank.after');
    if (REFUSALS.has(status)) {
      const what = `the bank refused ${request.path}: ${status}`;
      this.#onRefused(what);
      throw new PlatformError('internal', what);
    }
    return status === 200 ? answerOf(text) : UNKNOWN;
  }

  async #send(
    { path, headers, body }: Request,
    timeoutMs: number,
  ): Promise<{ status: number; text: string }> {
    try {
      const response = await this.#pool.request({
        method: 'POST',
        path,
        headers: { authorization: this.#authorization, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      return { status: response.statusCode, text: await response.body.text() };
    } catch {
      return { status: 0, text: '' }; // H1
    }
  }
}

function answerOf(text: string): BankAnswer {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch {
    return UNKNOWN;
  }
  if (typeof row !== 'object' || row === null || !('status' in row)) return UNKNOWN;
  const declineCode = 'declineCode' in row && typeof row.declineCode === 'string' ? row.declineCode : null;
  if (row.status === 'declined') return { status: 'declined', declineCode };
  if (row.status === 'captured' || row.status === 'voided') return { status: row.status, declineCode: null };
  return UNKNOWN;
}
