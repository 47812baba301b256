/** The APIs of switcher and brain as atlasctl uses them. */
import { CommandError, EXIT, exitCodeOfProblem } from './exit-codes.ts';

/** By default, ms. */
const ANSWER_WITHIN_MS = 10_000;

export class ControlClient {
  readonly #address: () => Promise<string>;
  readonly #token: string;
  readonly #who: string;
  readonly #withinMs: number;

  /**
   * @param address of the switcher that leads now: asked before each question, for another one may have taken over
   * @param asked `who` answers there, for messages; `withinMs` is the longest time that one question may take
   */
  constructor(
    address: () => Promise<string>,
    token: string,
    { who = 'switcher', withinMs = ANSWER_WITHIN_MS }: { who?: string; withinMs?: number } = {},
  ) {
    this.#address = address;
    this.#token = token;
    this.#who = who;
    this.#withinMs = withinMs;
  }

  /** @throws CommandError with the problem's own words, or when nobody can be reached. */
  async ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
    const response = await this.#fetch(path, {
      method,
      signal: AbortSignal.timeout(this.#withinMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok) return (await response.json().catch((error: unknown) => this.#torn(error))) as T;
    const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    const code = typeof answer['code'] === 'string' ? answer['code'] : `http_${response.status}`;
    const detail = typeof answer['detail'] === 'string' ? answer['detail'] : response.statusText;
    throw new CommandError(`${detail} (${code})`, exitCodeOfProblem(code), answer);
  }

  /** Text of `GET /v1/events`, as it comes. */
  async stream(signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#fetch('/v1/events', { signal });
    if (!response.ok || !response.body) {
      throw new CommandError(`the switcher answers ${response.status}`, EXIT.error);
    }
    return response.body;
  }

  /** It ended in the middle of its answer, or that took too long. */
  #torn(error: unknown): never {
    throw new CommandError(
      `the ${this.#who} broke its answer off (${error instanceof Error ? error.message : String(error)}); \`atlasctl status\` tells what holds`,
      EXIT.error,
    );
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const url = await this.#address();
    try {
      return await fetch(`${url}${path}`, { ...init, headers });
    } catch (error) {
      const cause =
        error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new CommandError(
        `the ${this.#who} at ${url} cannot be reached (${cause}); if nothing runs, start it with \`npm start\``,
        EXIT.error,
      );
    }
  }
}
