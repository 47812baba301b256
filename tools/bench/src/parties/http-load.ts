/**
 * A load generator for one URL: kept-alive connections, one request in flight on each, as little work per answer as a
 * check allows. Raw sockets, since an HTTP client costs as much as the server that it is to measure.
 */
import { connect, type Socket } from 'node:net';
import { serveParty } from '../serve-party.ts';

export interface HttpQuestion {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly forMs: number;
  /** Further request headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What every body must hold. */
  readonly expected: string;
}

const HEAD_END = '\r\n\r\n';

/** Length of the first whole answer in `text`, or 0. @throws Error when it is no 200 with the expected body. */
function answerIn(text: string, expected: string): number {
  const head = text.indexOf(HEAD_END);
  if (head < 0) return 0;
  const at = text.indexOf('content-length: ');
  if (!text.startsWith('HTTP/1.1 200') || at < 0 || at > head)
    throw new Error(`not served: ${text.slice(0, 300)}`);
  const body = head + HEAD_END.length;
  const end = body + Number(text.slice(at + 16, text.indexOf('\r', at)));
  if (text.length < end) return 0;
  if (!text.slice(body, end).includes(expected)) throw new Error('an answer without the expected body');
  return end;
}

class Lane {
  answered = 0;
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  #rest = '';
  #over = false;

  constructor({ port, path, headers = {}, expected }: HttpQuestion) {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${lines.join('')}\r\n`;
    const socket = connect(port, '127.0.0.1');
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.once('connect', () => socket.write(request, 'latin1'));
    this.ended = new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('close', () => (this.#over ? resolve() : reject(new Error('the server hung up'))));
      socket.on('data', (chunk: string) => {
        try {
          this.#rest += chunk;
          const length = answerIn(this.#rest, expected);
          if (length === 0) return;
          this.#rest = this.#rest.slice(length);
          this.answered += 1;
          if (this.#over) socket.end();
          else socket.write(request, 'latin1');
        } catch (error) {
          this.#over = true;
          reject(error as Error);
          socket.destroy();
        }
      });
    });
  }

  /** Its next answer is its last. */
  finish(): void {
    this.#over = true;
  }

  cut(): void {
    this.#over = true;
    this.#socket.destroy();
  }
}

/** @returns requests per second. @throws Error when one was not answered as expected. */
async function requestsPerSecond(question: HttpQuestion): Promise<number> {
  const lanes = Array.from({ length: question.connections }, () => new Lane(question));
  const startedAt = performance.now();
  const timer = setTimeout(() => lanes.forEach((lane) => lane.finish()), question.forMs);
  try {
    await Promise.all(lanes.map(({ ended }) => ended));
  } finally {
    clearTimeout(timer);
    lanes.forEach((lane) => lane.cut());
  }
  const answered = lanes.reduce((sum, lane) => sum + lane.answered, 0);
  return (answered * 1_000) / (performance.now() - startedAt);
}

serveParty({ rate: requestsPerSecond });
