/**
 * Asks others for a text. Not by `fetch`: with its streams and their garbage one question took 1 ms of processor, and the
 * brain asks every host once a second.
 */
import * as http from 'node:http';
import * as https from 'node:https';

/** Largest text that is read, bytes. */
const MOST_BYTES = 2 ** 20;

/** Nobody is waited for longer: the next second comes, ms. */
const WITHIN_MS = 800;

const plain = { request: http.request, agent: new http.Agent({ keepAlive: true }) };
const secret = { request: https.request, agent: new https.Agent({ keepAlive: true }) };

export interface Asking {
  /** 800 by default. */
  readonly withinMs?: number;
  readonly method?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string;
}

/** The text at an address. @throws Error when there is none, or not in time */
export function textOf(url: string, { withinMs = WITHIN_MS, body, ...init }: Asking = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const { request, agent } = url.startsWith('https:') ? secret : plain;
    const asked = request(url, { agent, ...init });
    const late = setTimeout(() => asked.destroy(new Error(`no answer within ${withinMs} ms`)), withinMs);
    asked.once('close', () => clearTimeout(late));
    asked.once('error', reject);
    asked.once('response', (answer) => void read(answer).then(resolve, reject));
    asked.end(body);
  });
}

async function read(answer: http.IncomingMessage): Promise<string> {
  const { statusCode = 0 } = answer;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error('too long');
  }
  if (statusCode < 200 || statusCode > 299) throw new Error(`HTTP ${statusCode}`);
  return Buffer.concat(chunks).toString('utf8');
}
