import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { diskIo, watchSockets, type SocketWatch } from '../src/process-io.ts';

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
  it('are those that the system keeps account of, of all threads; elsewhere absent (I3)', () => {
    const kept = (): { text: string; value: number }[] => {
      const text = existsSync('/proc/self/io') ? readFileSync('/proc/self/io', 'latin1') : '';
      return [...text.matchAll(/^(read|write)_bytes: (\d+)$/gm)].map(([, name = '', value]) => ({
        text: name,
        value: Number(value),
      }));
    };
    const [before, told, after] = [kept(), diskIo(), kept()];
    expect(told.map(({ labels }) => labels['direction'])).toEqual(before.map(({ text }) => text));
    for (const [at, { value }] of told.entries()) {
      expect(value).toBeGreaterThanOrEqual(before[at]?.value ?? NaN);
      expect(value).toBeLessThanOrEqual(after[at]?.value ?? NaN);
    }
    expect(diskIo(false)).toEqual([]);
  });
});
