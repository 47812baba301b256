/** The control API as atlasctl uses it. */
import { CommandError, EXIT, exitCodeOfProblem } from './exit-codes.ts';

export interface SwitchInfo {
  readonly id: string;
  readonly kind: string;
  readonly source: string;
  readonly reason: string;
  readonly phase: string;
  readonly outcome: string | null;
  readonly done: boolean;
  readonly fromEpoch: number | null;
  readonly epoch: number | null;
  readonly from: string | null;
  readonly to: string;
  readonly toPlacements: Readonly<Record<string, string>>;
  readonly toInstances: Readonly<Record<string, number>>;
  readonly prepareMs: number | null;
  readonly routedMs: number | null;
  readonly drainMs: number | null;
  readonly decidedAt: number;
  readonly abort: { readonly code: string; readonly detail: string } | null;
}

export interface HostInfo {
  readonly instance: string;
  readonly nonce: string;
  readonly pid: number | null;
  readonly health: string;
  readonly stopping: boolean;
  readonly rpc: string | null;
  readonly acked: readonly number[];
  readonly roots: Readonly<Record<string, number>>;
  readonly rssMb: number | null;
}

export interface StatusInfo {
  readonly layout: {
    readonly placements: Readonly<Record<string, string>>;
    readonly instances: Readonly<Record<string, number>>;
  } | null;
  readonly mode: string | null;
  readonly epoch: number;
  readonly preparedEpoch: number | null;
  readonly liveEpochs: readonly number[];
  readonly hosts: readonly HostInfo[];
  readonly switches: readonly SwitchInfo[];
  readonly frozen: boolean;
  readonly leader: { readonly holder: string; readonly leads: boolean };
  readonly store: { readonly contact: boolean; readonly ageMs: number };
}

export interface PlanInfo {
  readonly dryRun: true;
  readonly unchanged: boolean;
  readonly target: { readonly mode: string; readonly instances: Readonly<Record<string, number>> };
  readonly starts: readonly { readonly app: string; readonly instance: string }[];
  readonly stops: readonly string[];
  readonly moves: readonly { readonly module: string; readonly from: string; readonly to: string }[];
  readonly refusals: readonly string[];
}

export interface AuditInfo {
  readonly seq: number;
  readonly at: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly prevHash: string;
  readonly hash: string;
}

/** Longest time that one question may take, ms. */
const ANSWER_WITHIN_MS = 10_000;

export class ControlClient {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** @throws CommandError with the problem's own words, or when the switcher cannot be reached. */
  async ask<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
    const response = await this.#fetch(path, {
      method,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    if (response.ok) return answer as T;
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

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    try {
      return await fetch(`${this.#url}${path}`, { ...init, headers });
    } catch (error) {
      const cause =
        error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new CommandError(
        `the switcher at ${this.#url} cannot be reached (${cause}); if nothing runs, start it with \`npm start\``,
        EXIT.error,
      );
    }
  }
}
