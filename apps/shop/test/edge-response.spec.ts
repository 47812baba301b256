import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EdgeResponse, KEEP_ALIVE_MS, type WholeAnswer } from '../src/edge/edge-response.ts';

const TEA = '{"name":"tea"}';
const CUP = '{"name":"tasse à thé 🍵"}';
const ANSWERS: Readonly<Record<string, WholeAnswer>> = {
  '/ascii': { status: 200, lines: 'etag: "1"\r\n', body: TEA, closes: false },
  '/unicode': { status: 201, lines: 'etag: "1"\r\n', body: CUP, closes: false },
  '/empty': { status: 200, lines: 'etag: "1"\r\n', body: '', closes: false },
  '/known': { status: 304, lines: 'etag: "1"\r\n', body: undefined, closes: false },
  '/last': { status: 200, lines: 'etag: "1"\r\n', body: TEA, closes: true },
};
const asked = ({ url = '' }: IncomingMessage): WholeAnswer => {
  const answer = ANSWERS[url];
  if (answer === undefined) throw new Error(`no answer for ${url}`);
  return answer;
};

/** As the edge writes it, and as Node does, given the same. */
const whole: RequestListener<typeof IncomingMessage, typeof EdgeResponse> = (request, response) =>
  response.whole(asked(request));
const piecemeal: RequestListener = (request, response) => {
  const { status, body, closes } = asked(request);
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { etag: '"1"', ...length, ...(closes ? { connection: 'close' } : {}) });
  response.end(body);
};

const options = { keepAliveTimeout: KEEP_ALIVE_MS };
const servers: Server[] = [
  createServer({ ...options, ServerResponse: EdgeResponse }, whole) as Server,
  createServer(options, piecemeal),
];
beforeAll(async () => {
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => servers.forEach((server) => server.close().closeAllConnections()));

/** All that comes back for these bytes until the server hangs up. */
const told = (server: Server | undefined, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { port } = server?.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    socket.on('close', () => resolve(text)).on('error', reject);
  });

/** Names in lower case, headers in one order, the time blurred: what an answer means. */
function meaning(answers: string): unknown[] {
  return answers.split(/(?=HTTP\/1\.1 )/).map((answer) => {
    const [head = '', body] = answer.split('\r\n\r\n');
    const [status, ...lines] = head.split('\r\n');
    const headers = lines.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()));
    return [status, headers.map((line) => line.replace(/\d\d:\d\d:\d\d/, 'TIME')).sort(), body];
  });
}

const get = (path: string, { method = 'GET', version = '1.1', connection = '' } = {}): string =>
  `${method} ${path} HTTP/${version}\r\nhost: x\r\n${connection === '' ? '' : `connection: ${connection}\r\n`}\r\n`;
const close = { connection: 'close' };

const PATHS = Object.keys(ANSWERS);
const CASES: readonly (readonly [string, string])[] = [
  ...PATHS.map((path): [string, string] => [`${path}, and hangs up when asked to`, get(path, close)]),
  ...PATHS.map((path): [string, string] => [`${path}, HEAD`, get(path, { ...close, method: 'HEAD' })]),
  ['HTTP/1.0', get('/ascii', { version: '1.0' })],
  ['HTTP/1.0 that stays', get('/ascii', { version: '1.0', connection: 'keep-alive' }) + get('/ascii', close)],
  ['one after another', get('/unicode') + get('/known') + get('/ascii') + get('/empty', close)],
  ['the last one, whatever was asked behind it', get('/last') + get('/ascii')],
];

describe('an answer written whole means what Node would have written', () => {
  it.each(CASES)('%s', async (_, bytes) => {
    const [ours, nodes] = await Promise.all(servers.map((server) => told(server, bytes)));
    expect(meaning(ours ?? '')).toEqual(meaning(nodes ?? ''));
    expect(ours).toMatch(/^HTTP\/1\.1 \d{3} /);
  });

  it('with the time of now', async () => {
    const before = Math.floor(Date.now() / 1_000);
    const [, date = ''] = /date: (.+)/.exec(await told(servers[0], get('/ascii', close))) ?? [];
    const second = Date.parse(date) / 1_000;
    expect(second).toBeGreaterThanOrEqual(before);
    expect(second).toBeLessThanOrEqual(Date.now() / 1_000);
  });
});
