import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openVoice, type Said, type Wish } from '../src/watch/voice.ts';
import { TIGHT } from './scene.ts';

interface Asked {
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}
let server: Server;
let asked: Asked[];
let answer: { readonly status: number; readonly body: string };
let url: string;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      asked.push({ url: request.url, headers: request.headers, body: JSON.parse(text) });
      response.writeHead(answer.status).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const WISH: Wish = {
  ...{ kind: 'move', source: 'brain', to: TIGHT.layout, reason: 'rise: so', basedOnEpoch: 3 },
  ...{ observedAt: 17, guardrails: ['2 hosts, at most 1'], key: 'brain-3-17' },
};
const say = (status: number, body: unknown, wish = WISH): Promise<Said> => {
  answer = { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
  return openVoice(() => ({ url, token: 'secret' })).say(wish);
};

test('a proposal carries what it rests on, the guardrails that it breaks and its key', async () => {
  expect(await say(202, { id: 'sw-1' })).toEqual({ kind: 'accepted', switchId: 'sw-1' });
  const { placements, instances } = TIGHT.layout;
  expect(asked[0]).toMatchObject({
    url: '/v1/switches',
    headers: { authorization: 'Bearer secret', 'idempotency-key': 'brain-3-17' },
    body: {
      ...{ placements, instances, source: 'brain', reason: 'rise: so', basedOnEpoch: 3 },
      ...{ observedAt: 17, guardrails: ['2 hosts, at most 1'] },
    },
  });
});

test('what is to be warmed goes to another address, as a layout and nothing else', async () => {
  expect(await say(200, { until: 'then' }, { ...WISH, kind: 'pre-warm' })).toEqual({
    kind: 'warming',
    until: 'then',
  });
  const { placements, instances } = TIGHT.layout;
  expect(asked[0]).toMatchObject({ url: '/v1/warm', body: { placements, instances } });
});

test.each([
  [
    202,
    { waiting: { id: 'p-1', expiresAt: 'soon' } },
    { kind: 'waiting', proposalId: 'p-1', expiresAt: 'soon' },
  ],
  [200, { id: 'sw-1', outcome: 'unchanged' }, { kind: 'unchanged' }],
  [409, { code: 'stale', detail: 'old' }, { kind: 'refused', code: 'stale', detail: 'old' }],
  [502, {}, { kind: 'refused', code: 'HTTP 502', detail: '' }],
  [202, '<html>', { kind: 'silent' }],
] as const)('HTTP %i %j means %j', async (status, body, said) => {
  expect(await say(status, body)).toMatchObject(said);
});

test('nobody at the address, or no address, is silence', async () => {
  const nobody = openVoice(() => ({ url: 'http://127.0.0.1:1', token: '' }));
  expect(await nobody.say(WISH)).toMatchObject({ kind: 'silent' });
  const nowhere = openVoice(() => ({ url: '', token: '' }));
  expect(await nowhere.say(WISH)).toEqual({ kind: 'silent', detail: 'nobody knows where it is' });
});
