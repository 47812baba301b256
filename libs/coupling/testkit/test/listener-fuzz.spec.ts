/** The listener among peers that send anything: it hangs up on them, keeps nothing of them, and serves the others. */
import type { CallFrame, Inbound } from '@atlas/coupling-runtime';
import { RpcServer } from '@atlas/coupling-transport';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakePeer, TEST_TOKEN } from '../src/index.ts';
import { callFrame, HELLO, hostileBytes, IDENTITY } from './hostile-bytes.ts';

let server: RpcServer;
let rpc: string;
let good: FakePeer;
let lastId = 0;
let served: CallFrame[] = [];

const inbound: Inbound = {
  serve(frame, respond) {
    served.push(frame);
    setImmediate(() => respond({ kind: 'answer', output: frame.input }));
    return { cancel: () => {}, abandon: () => {} };
  },
};

beforeEach(async () => {
  server = new RpcServer({
    identity: { instance: 'cart-0', nonce: 'c'.repeat(16), ...IDENTITY },
    ...{ token: TEST_TOKEN, inbound, maxInFlight: 8, helloTimeoutMs: 5_000 },
  });
  rpc = await server.listen();
  good = await greeted();
  served = [];
});
afterEach(async () => {
  good.socket.destroy();
  await server.close(100);
});

async function greeted(): Promise<FakePeer> {
  const peer = await FakePeer.connect(rpc);
  peer.send(HELLO);
  expect(await peer.next()).toMatchObject({ t: 'welcome' });
  return peer;
}

/** The peer that behaves gets its own answer, whatever goes on beside it. */
async function goodIsServed(): Promise<void> {
  const id = (lastId += 1);
  good.send(callFrame(id, { good: id }));
  expect(await good.next()).toEqual({ t: 'ok', id, out: { good: id } });
}

/** Writes the beginning in pieces of `size` bytes, one a turn, and then the rest. */
async function trickle(peer: FakePeer, bytes: Buffer, size: number): Promise<void> {
  const pieces = Math.min(100, Math.floor(bytes.length / size));
  for (let piece = 0; piece < pieces && peer.socket.writable; piece += 1) {
    peer.socket.write(bytes.subarray(piece * size, (piece + 1) * size));
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (peer.socket.writable) peer.socket.write(bytes.subarray(pieces * size));
}

/** The hostile peer is gone, and with it all that the listener had of it. */
async function forgotten(peer: FakePeer): Promise<void> {
  peer.socket.destroy();
  await peer.closed;
  while (server.connections > 1 || server.inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
}

const sizes = fc.constantFrom(1, 7, 1_000, 1_000_000);

describe('a listener under hostile bytes', () => {
  it('serves nothing to a peer that never said hello, forgets it, and serves the others', async () => {
    const noHello = fc.array(
      hostileBytes.filter((bytes) => !bytes.includes(TEST_TOKEN)),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(noHello, sizes, async (parts, size) => {
        served = [];
        const peer = await FakePeer.connect(rpc);
        await trickle(peer, Buffer.concat(parts), size);
        expect(served).toEqual([]);
        await goodIsServed();
        await forgotten(peer);
      }),
      { numRuns: 150 },
    );
  });

  it('hangs up on a greeted peer at its first broken frame at the latest, and serves the others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(hostileBytes, { minLength: 1, maxLength: 6 }), sizes, async (parts, size) => {
        const peer = await greeted();
        await trickle(peer, Buffer.concat(parts), size);
        await goodIsServed();
        peer.send('\n\n'); // may end the frame before, and is none: this ends it
        await peer.closed;
        await goodIsServed();
        await forgotten(peer);
      }),
      { numRuns: 150 },
    );
  });

  it('takes an id that is still running for a broken peer, and one that is done for a new call', async () => {
    const peer = await greeted();
    peer.send(callFrame(1, 'first'));
    expect(await peer.next()).toMatchObject({ t: 'ok', id: 1, out: 'first' });
    peer.send(callFrame(1, 'again'));
    expect(await peer.next()).toMatchObject({ t: 'ok', id: 1, out: 'again' });
    peer.socket.write(`${JSON.stringify(callFrame(2, 'a'))}\n${JSON.stringify(callFrame(2, 'b'))}\n`);
    await peer.closed;
    await goodIsServed();
    await forgotten(peer);
  });
});
