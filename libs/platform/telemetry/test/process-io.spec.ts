import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { diskLines, watchSockets, type SocketWatch } from '../src/process-io.ts';

/** What a test opened. */
const opened: { close(): unknown }[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

const watching = (): SocketWatch => {
  const watch = watchSockets();
  opened.push(watch);
  return watch;
};

/** A server that sends back all it gets, and a client of it. */
async function echo(): Promise<Socket> {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket));
  opened.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(client, 'connect');
  return client;
}

describe('bytes of sockets', () => {
  it('count on both ends of a connection, and stay counted when it has ended (I1)', async () => {
    const watch = watching();
    const client = await echo();
    client.write('hello');
    await once(client, 'data');
    expect(watch.bytes()).toEqual({ received: 10, sent: 10 });
    client.end();
    await once(client, 'close');
    expect(watch.bytes()).toEqual({ received: 10, sent: 10 });
  });

  it('never fall, though a socket is dropped with bytes that wait in it (I2)', async () => {
    const watch = watching();
    const client = await echo();
    client.pause();
    client.write(Buffer.alloc(2 ** 24));
    const before = watch.bytes().sent;
    client.destroy();
    await once(client, 'close');
    expect(watch.bytes().sent).toBeGreaterThanOrEqual(before);
  });

  it('are not watched any more once it is closed', async () => {
    const watch = watchSockets();
    watch.close();
    const client = await echo();
    client.write('hello');
    await once(client, 'data');
    client.destroy();
    expect(watch.bytes()).toEqual({ received: 0, sent: 0 });
  });
});

describe('bytes of disks', () => {
  it('are those of storage, not of the page cache', () => {
    const text = 'rchar: 10\nwchar: 20\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 1\n';
    expect(diskLines(text)).toEqual([
      { labels: { direction: 'read' }, value: 4_096 },
      { labels: { direction: 'write' }, value: 8_192 },
    ]);
  });

  it('are absent where the system does not tell them (I3)', () => {
    expect(diskLines('')).toEqual([]);
  });
});
