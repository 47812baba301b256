import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { textOf } from '../src/watch/text-of.ts';

let server: Server | undefined;
afterEach(() => server?.closeAllConnections());
afterEach(() => server?.close());

async function serve(answer: RequestListener): Promise<string> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}

describe('the text at an address', () => {
  it('comes over one connection, with what is asked', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      request.pipe(response.writeHead(202));
    });
    for (const body of ['öne', 'two']) expect(await textOf(url, { method: 'POST', body })).toBe(body);
    expect(ports.size).toBe(1);
  });

  it.each([
    ['another status', 'HTTP 404', (_, response) => response.writeHead(404).end('no')],
    ['a redirection', 'HTTP 302', (_, response) => response.writeHead(302, { location: '/' }).end()],
    ['too much', 'too long', (_, response) => response.end('x'.repeat(2 ** 20 + 1))],
    ['a hang-up', 'socket hang up', (request) => request.socket.destroy()],
  ] as [string, string, RequestListener][])('is none with %s', async (_, why, answer) => {
    await expect(textOf(await serve(answer), { withinMs: 10_000 })).rejects.toThrow(why);
  });

  it.each([
    ['silence', () => {}],
    ['half an answer', (_, response) => response.write('half')],
  ] as [string, RequestListener][])(
    'is not waited for longer than it is of use, with %s',
    async (_, answer) => {
      await expect(textOf(await serve(answer), { withinMs: 50 })).rejects.toThrow('no answer within 50 ms');
    },
  );
});
