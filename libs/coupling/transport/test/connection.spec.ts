import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection } from '../src/connection.ts';
import { Pulse } from '../src/pulse.ts';

const LIMIT_BYTES = 1024 * 1024;

describe('a connection', () => {
  const pulse = new Pulse();
  const listener = createServer();
  let near: Socket;
  let far: Socket;
  beforeEach(async () => {
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    far = connect((listener.address() as AddressInfo).port, '127.0.0.1');
    [near] = (await once(listener, 'connection')) as [Socket];
  });
  afterEach(() => {
    far.destroy();
    near.destroy();
    listener.close();
    pulse.close();
  });

  it('piles up no more pongs than fit for a peer that pings and does not read (N6)', async () => {
    const connection = new Connection(near, { onFrame: () => {}, onClose: () => {} }, pulse);
    far.pause();
    const pings = Buffer.from('{"t":"ping"}\n'.repeat(100_000));
    let most = 0;
    for (let round = 0; round < 40; round += 1) {
      await new Promise((resolve) => far.write(pings, resolve));
      most = Math.max(most, near.writableLength);
    }
    expect(connection.congested).toBe(true);
    expect(most).toBeLessThan(2 * LIMIT_BYTES);
  });
});
