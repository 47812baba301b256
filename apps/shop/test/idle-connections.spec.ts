import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { spareUnread } from '../src/edge/idle-connections.ts';

/** Much more than passes between an answer and the next request, which else finds the connection ended. */
const KEEP_ALIVE_MS = 500;
const REQUEST = 'GET / HTTP/1.1\r\nhost: shop\r\n\r\n';

const server = createServer(
  { keepAliveTimeout: KEEP_ALIVE_MS, keepAliveTimeoutBuffer: 0 },
  (_request, answer) => void answer.end('fine'),
);
spareUnread(server);

/** The whole process stands still, as one that is frozen or starved does. */
const standStill = (ms: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

describe('an idle connection', () => {
  let socket: Socket;
  beforeEach(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(REQUEST);
    await once(socket, 'data');
  });
  afterEach(async () => {
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  test('is ended when its time is over', async () => {
    socket.resume();
    await once(socket, 'close');
  });

  test('on which a request arrived while the process stood still is answered', async () => {
    socket.write(REQUEST);
    standStill(KEEP_ALIVE_MS * 2);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('fine');
  });
});
