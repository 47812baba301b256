import type { CallFrame, Inbound } from '@atlas/coupling-runtime';
import { RpcServer, type RpcServerEvent, type RpcServerOptions } from '@atlas/coupling-transport';
import { afterEach, expect } from 'vitest';
import { FakePeer, TEST_TOKEN } from '../src/index.ts';
import { HELLO, IDENTITY } from './hostile-bytes.ts';

export const identity = { instance: 'cart-0', nonce: 'c'.repeat(16), ...IDENTITY };

/** A listener as the test wants it, what it was asked and whom it refused; it and its peers end with the test. */
export function eachTestListens() {
  const at = {} as {
    server: RpcServer;
    served: CallFrame[];
    /** Oldest first. */
    refused: RpcServerEvent[];
  };
  let peers: FakePeer[] = [];
  let waitRefused: ((event: RpcServerEvent) => void) | undefined;

  async function listen(options: Partial<RpcServerOptions> = {}): Promise<string> {
    at.served = [];
    at.refused = [];
    const inbound: Inbound = {
      serve(frame, respond) {
        at.served.push(frame);
        respond({ kind: 'answer', output: frame.input });
        return { cancel: () => {}, abandon: () => {} };
      },
    };
    at.server = new RpcServer({
      identity,
      token: TEST_TOKEN,
      inbound,
      onRefused: (event) => {
        at.refused.push(event);
        waitRefused?.(event);
      },
      ...options,
    });
    return at.server.listen();
  }

  const nextRefused = (): Promise<RpcServerEvent> =>
    at.refused[0] === undefined
      ? new Promise((resolve) => (waitRefused = resolve))
      : Promise.resolve(at.refused[0]);

  async function peerOf(rpc: string): Promise<FakePeer> {
    const peer = await FakePeer.connect(rpc);
    peers.push(peer);
    return peer;
  }

  async function greeted(rpc: string): Promise<FakePeer> {
    const peer = await peerOf(rpc);
    peer.send(HELLO);
    expect(await peer.next()).toMatchObject({ t: 'welcome', ...identity });
    return peer;
  }

  afterEach(async () => {
    waitRefused = undefined;
    for (const peer of peers) peer.socket.destroy();
    peers = [];
    await at.server.close(100);
  });

  return { at, listen, nextRefused, peerOf, greeted };
}
