/** The control API, as the scenario needs it. */
import type { Status, SwitchView, WarmAnswer } from '@atlas/control-api';
import { controlUrlOf, StackError } from '@atlas/platform-stack';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { request } from 'undici';

/** What is asked of the switcher. */
export interface Target {
  readonly mode?: string;
  readonly placements?: Readonly<Record<string, string>>;
  readonly instances?: Readonly<Record<string, number>>;
}

/** The control API refused, by its own stable code and in its words, which are for people. */
export class ControlError extends StackError {
  readonly code: string;
  constructor(code: string, detail: string) {
    super(detail);
    this.name = 'ControlError';
    this.code = code;
  }
}

const unreachable = (error: unknown): ControlError =>
  new ControlError(
    'unreachable',
    `the switcher cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
  );

/** Worth asking again: another switch is before its commit, or the switcher is just starting again. */
const PASSING = new Set([
  'switch_in_progress',
  'store_unavailable',
  'not_leading',
  'unreachable',
  'no_layout',
]);
const ASK_AGAIN_MS = 250;
const PATIENCE_MS = 30_000;
const TIMEOUT_MS = 10_000;

/** Asks again for as long as the refusal is a passing one. */
async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (const until = performance.now() + PATIENCE_MS; ; await wait(ASK_AGAIN_MS, undefined, { signal })) {
    try {
      return await ask();
    } catch (error) {
      const passing = error instanceof ControlError && PASSING.has(error.code);
      if (!passing || performance.now() > until) throw error;
    }
  }
}

export class ControlClient {
  readonly #address: () => Promise<string>;
  readonly #token: string;

  /** @param address of the switcher that leads now: asked before each request, for another one may have taken over. */
  constructor(address: string | (() => Promise<string>), token: string) {
    this.#address = typeof address === 'string' ? () => Promise.resolve(address) : address;
    this.#token = token;
  }

  /** Of the stack that runs in this folder, whichever of its switchers leads. */
  static of({
    home,
    operatorToken,
  }: {
    readonly home: string;
    readonly operatorToken: string;
  }): ControlClient {
    return new ControlClient(() => controlUrlOf(home), operatorToken);
  }

  status(): Promise<Status> {
    return this.#ask('GET', '/v1/status');
  }

  get(id: string): Promise<SwitchView> {
    return this.#ask('GET', `/v1/switches/${id}`);
  }

  /**
   * What brain and emergency may do by themselves, 0-4; ends the hold of an operator's switch. Patient as `propose`.
   * @throws ControlError when it is refused for good.
   */
  async setLevel(level: number, signal: AbortSignal): Promise<void> {
    await patiently(() => this.#ask('POST', '/v1/autonomy', { body: { level } }), signal);
  }

  /** Newest first, 100 at most. */
  async history(): Promise<readonly SwitchView[]> {
    return (await this.#ask<{ items: readonly SwitchView[] }>('GET', '/v1/switches?limit=100')).items;
  }

  /**
   * Proposes a switch; asks again for as long as the refusal is a passing one, 30 s at most.
   * @throws ControlError when it is refused for good.
   */
  async propose(target: Target, reason: string, signal: AbortSignal): Promise<SwitchView> {
    const key = randomUUID();
    const body = { ...target, reason };
    return patiently(() => this.#ask<SwitchView>('POST', '/v1/switches', { body, key }), signal);
  }

  /**
   * Has what a layout needs started ahead of a switch to it. Patient as `propose`.
   * @throws ControlError when it is refused for good.
   */
  warm(target: Target, signal: AbortSignal): Promise<WarmAnswer> {
    const key = randomUUID();
    return patiently(() => this.#ask<WarmAnswer>('POST', '/v1/warm', { body: target, key }), signal);
  }

  async #ask<T>(
    method: 'GET' | 'POST',
    path: string,
    { body, key }: { readonly body?: unknown; readonly key?: string } = {},
  ): Promise<T> {
    const send = (url: string) =>
      request(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
    const answer = await this.#address()
      .then(send)
      .catch((error: unknown) => {
        throw unreachable(error);
      });
    const said: unknown = await answer.body.json().catch((error: unknown) => {
      if (answer.statusCode < 300) throw unreachable(error); // it ended in the middle of its answer
      return {};
    });
    if (answer.statusCode < 300) return said as T;
    const { code, detail } = said as { code?: string; detail?: string };
    throw new ControlError(code ?? 'unknown', detail ?? `the control API answered ${answer.statusCode}`);
  }
}
