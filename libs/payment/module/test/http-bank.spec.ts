import { steadyNow } from '@atlas/coupling-runtime';
import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HttpBank } from '../src/adapters/http-bank.ts';
import type { BankAnswer } from '../src/domain/charge.ts';

const CHARGE = { key: 'o:charge', orderId: 'o', amountCents: 1, currency: 'EUR', token: 'tok_ok' };

describe('the acquirer over HTTP', () => {
  let server: Server | undefined;
  let bank: HttpBank | undefined;
  const refused: string[] = [];
  const bankAt = (url: string) =>
    (bank = new HttpBank({ url, token: 'secret', connections: 2, onRefused: (what) => refused.push(what) }));
  afterEach(async () => {
    vi.restoreAllMocks();
    refused.splice(0);
    await bank?.close();
    server?.closeAllConnections();
    server?.close();
  });
  const bankThat = async (listener: RequestListener): Promise<HttpBank> => {
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return bankAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  };

  it('sends key and token, and reads a definite answer', async () => {
    const client = await bankThat((request, response) => {
      const { authorization, 'idempotency-key': key } = request.headers;
      response.end(JSON.stringify({ status: 'declined', declineCode: `${key}/${authorization}` }));
    });
    expect(await client.charge(CHARGE, 10_000)).toEqual({
      status: 'declined',
      declineCode: 'o:charge/Bearer secret',
    });
  });

  it('asks for the charge of its key, whole, and for its end', async () => {
    const asked: unknown[] = [];
    const client = await bankThat((request, response) => {
      text(request).then((body) => {
        asked.push([request.method, request.url, request.headers['content-type'], JSON.parse(body)]);
        response.end('{"status":"voided"}');
      }, response.destroy);
    });
    await client.charge(CHARGE, 10_000);
    expect(await client.cancel('o/1:charge', 'o/1', 10_000)).toEqual({ status: 'voided', declineCode: null });
    const { key: _, ...charge } = CHARGE;
    expect(asked).toEqual([
      ['POST', '/v1/charges', 'application/json', charge],
      ['POST', '/v1/charges/o%2F1%3Acharge/cancel', 'application/json', { orderId: 'o/1' }],
    ]);
  });

  it.each<[string, RequestListener]>([
    ['a broken connection', (request) => void request.socket.destroy()],
    ['a server error', (_request, response) => void response.writeHead(503).end('{"status":"captured"}')],
    ['too many requests', (_request, response) => void response.writeHead(429).end('{"status":"captured"}')],
    ['a request that took too long', (_request, response) => void response.writeHead(408).end()],
    ['an answer that is no JSON', (_request, response) => void response.end('captured')],
    ['a status that nobody knows', (_request, response) => void response.end('{"status":"pending"}')],
    [
      'half an answer',
      (_request, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{"status":"captured"', () => response.destroy());
      },
    ],
    [
      'an answer without end',
      (_request, response) => void response.end(`{"status":"captured"${' '.repeat(20_000)}}`),
    ],
    ['silence', () => undefined],
    [
      'half an answer, then silence',
      (_request, response) => void response.writeHead(200).write('{"status":"captured"'),
    ],
  ])('concludes nothing from %s', async (name, listener) => {
    const client = await bankThat(listener);
    const timeoutMs = name.endsWith('silence') ? 100 : 10_000;
    expect(await client.charge(CHARGE, timeoutMs)).toEqual({ status: 'unknown' });
    expect(await client.cancel('o:charge', 'o', timeoutMs)).toEqual({ status: 'unknown' });
    expect(refused).toEqual([]);
  });

  describe('with more charges than it has connections for', () => {
    const asked: (() => void)[] = [];
    const busyBank = async (timeoutMs: number) => {
      asked.splice(0);
      const client = await bankThat((_request, response) => {
        asked.push(() => void response.end('{"status":"captured"}'));
      });
      const charge = (): Promise<BankAnswer> => client.charge(CHARGE, timeoutMs);
      const first = [charge(), charge()];
      await expect.poll(() => asked).toHaveLength(2);
      return { first, charge };
    };
    const captured = { status: 'captured', declineCode: null };

    it('does not ask too late for an answer, but not at all, and keeps no connection for it', async () => {
      const { first, charge } = await busyBank(6_000);
      expect(await Promise.all([charge(), charge()])).toEqual([{ status: 'unknown' }, { status: 'unknown' }]);
      for (const answer of asked.splice(0)) answer();
      expect(await Promise.all(first)).toEqual([captured, captured]);
      const later = [charge(), charge()];
      await expect.poll(() => asked).toHaveLength(2);
      for (const answer of asked) answer();
      expect(await Promise.all(later)).toEqual([captured, captured]);
    });

    it('asks as soon as one of them is answered, and waits for that answer so much less', async () => {
      const { first, charge } = await busyBank(40_000);
      const patience = vi.spyOn(AbortSignal, 'timeout');
      const third = charge();
      const since = steadyNow(); // in whole milliseconds: the answer may come within the one that the wait began in
      await expect.poll(steadyNow).toBeGreaterThan(since + 1);
      asked[0]?.();
      await expect.poll(() => asked).toHaveLength(3);
      expect(patience.mock.calls).toEqual([[expect.any(Number)]]);
      expect(patience.mock.calls[0]?.[0]).toBeLessThan(40_000);
      for (const answer of asked.slice(1)) answer();
      expect(await Promise.all([...first, third])).toEqual([captured, captured, captured]);
    });
  });

  it('concludes nothing when nobody listens', async () => {
    expect(await bankAt('http://127.0.0.1:9').charge(CHARGE, 10_000)).toEqual({ status: 'unknown' });
  });

  it('reports a request that the bank will never take as a defect, and tells of it', async () => {
    const client = await bankThat((_request, response) => void response.writeHead(401).end());
    await expect(client.charge(CHARGE, 10_000)).rejects.toMatchObject({ code: 'internal' });
    expect(refused).toEqual(['the bank refused /v1/charges: 401']);
  });
});
