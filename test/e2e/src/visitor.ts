/** A customer's program at the edge: one session, and what every answer must have whatever it says. */

/** One answer, with the shape that served it. */
export interface Answer {
  /** `GET /api/products`: to find the place again. */
  readonly asked: string;
  readonly status: number;
  readonly epoch: number;
  readonly mode: string;
  readonly headers: Headers;
  /** The stable code of a problem document; undefined for a success. */
  readonly code: string | undefined;
  readonly body: unknown;
}

export interface Question {
  readonly body?: unknown;
  /** `Idempotency-Key` */
  readonly key?: string;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export class Visitor {
  readonly #edgeUrl: string;
  readonly #seen: Answer[];
  #token: string | undefined;

  /** Every answer is appended to `seen`. */
  constructor(edgeUrl: string, seen: Answer[] = []) {
    this.#edgeUrl = edgeUrl;
    this.#seen = seen;
  }

  /** Opens a session, which all later questions carry. */
  async enter(): Promise<Answer> {
    const answer = await this.ask('POST', '/api/sessions');
    this.#token = (answer.body as { token: string }).token;
    return answer;
  }

  /** @throws Error when nobody answers, or an answer does not say which shape served it. */
  async ask(method: Method, path: string, { body, key }: Question = {}): Promise<Answer> {
    const response = await fetch(`${this.#edgeUrl}${path}`, {
      method,
      headers: {
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const answer = await answerOf(`${method} ${path}`, response);
    this.#seen.push(answer);
    return answer;
  }
}

async function answerOf(asked: string, response: Response): Promise<Answer> {
  const { status, headers } = response;
  const epoch = Number(headers.get('x-atlas-epoch'));
  const mode = headers.get('x-atlas-mode') ?? '';
  if (!(epoch > 0) || mode === '') throw new Error(`${asked}: ${status} without its epoch or mode`);
  const text = await response.text();
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const code = status >= 400 ? String((body as { code?: unknown }).code) : undefined;
  return { asked, status, epoch, mode, headers, code, body };
}
