import { noteShape } from './shape.ts';

/** Refusals that pass by themselves: too slow, too many at once. */
const PASSING: readonly number[] = [408, 429];

/** What a refusal is about, as far as it says. */
export interface Details {
  readonly orderId?: string;
  /** How many of the product there are. */
  readonly stock?: number;
}

/** An answer that is not a success. `code` is the stable code of its problem document. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: Details;
  constructor(status: number, code: string, detail: string, details: Details = {}) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.details = details;
  }

  /** The shop has refused for good: asking the same again is of no use. */
  get lasting(): boolean {
    const { status, code } = this;
    return status >= 400 && status < 500 && !PASSING.includes(status) && code !== 'in_progress';
  }
}

interface Options {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  /** Set on a checkout: the same key on every attempt, so that it happens at most once. */
  readonly idempotencyKey?: string;
}

/** 0.2 s, 0.4 s … 3.2 s: about 10 s in all, longer than any switch or restart of the shop. */
const ATTEMPTS = 8;
const pause = (attempt: number, retryAfter: string | null): Promise<void> => {
  const asked = Number(retryAfter) * 1000;
  const ms = asked > 0 ? Math.min(asked, 3_000) : Math.min(200 * 2 ** attempt, 3_200);
  return new Promise((resolve) => setTimeout(resolve, ms));
};

/** An answer that was read whole. */
interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: unknown;
}

/** What has not been answered by then never is: the shop works on nothing for longer than 10 s. */
const ANSWER_MS = 20_000;

/** @throws Error when no answer comes, or only a part of one: half a success is none. Of a refusal its status says enough. */
async function send(path: string, options: Options): Promise<Answer> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (options.body !== undefined) headers['content-type'] = 'application/json';
  if (options.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey;
  const askedAt = performance.now();
  const response = await fetch(path, {
    method: options.method ?? 'GET',
    headers,
    credentials: 'same-origin',
    signal: AbortSignal.timeout(ANSWER_MS),
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  noteShape(response.headers, askedAt);
  const { ok, status } = response;
  const body: unknown = await (ok ? response.json() : response.json().catch(() => ({})));
  return { ok, status, retryAfter: response.headers.get('retry-after'), body };
}

/** The browser keeps neither cookies nor notes of the page: nobody is known again. */
const nothingKept = (): Problem => new Problem(0, 'nothing_kept', 'The browser keeps nothing for the shop.');

/** What the browser keeps for the page by a name. @throws Problem `nothing_kept` */
export function kept(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    throw nothingKept();
  }
}

/** @throws Problem `nothing_kept` */
export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    throw nothingKept();
  }
}

let opening: Promise<boolean> | undefined;

/** Set when this browser has ever had a session, so that a first visit need not be refused to find out. */
const SESSION_KEY = 'atlas.session';

async function newSession(): Promise<boolean> {
  const { ok } = await attempt('/api/sessions', { method: 'POST', body: {} });
  if (ok) keep(SESSION_KEY, 'opened');
  return ok;
}

/** Opens a session once, however many requests find that they have none. @returns whether the shop gave one */
const openSession = (): Promise<boolean> => (opening ??= newSession().finally(() => (opening = undefined)));

/** One request; waits and repeats while the shop is away (every request here is a read, a set, or carries a key). */
async function attempt(path: string, options: Options): Promise<Answer> {
  const startedAt = performance.now();
  for (let tried = 0; ; tried += 1) {
    const last = tried + 1 >= ATTEMPTS || performance.now() - startedAt > ANSWER_MS;
    const answer = await send(path, options).catch(() => undefined);
    if (answer && ((answer.status !== 503 && answer.status !== 429) || last)) return answer;
    if (last)
      throw new Problem(0, 'offline', 'The shop cannot be reached. Check your connection and try again.');
    await pause(tried, answer?.retryAfter ?? null);
  }
}

/**
 * Calls the edge and returns the answer's JSON.
 * @throws Problem for every answer that is not a success, after a lost session has been renewed once.
 */
export async function request<T>(path: string, options: Options = {}): Promise<T> {
  const anyone = path.startsWith('/api/products');
  if (!anyone && !kept(SESSION_KEY)) await openSession();
  let answer = await attempt(path, options);
  if (answer.status === 401) {
    const opened = await openSession();
    answer = await attempt(path, options);
    if (opened && answer.status === 401) throw nothingKept();
  }
  if (answer.ok) return answer.body as T;
  const problem = answer.body as {
    code?: string;
    detail?: string;
    title?: string;
    details?: Details;
  };
  throw new Problem(
    answer.status,
    problem.code ?? 'unknown',
    problem.detail ?? problem.title ?? 'Something went wrong.',
    problem.details,
  );
}
