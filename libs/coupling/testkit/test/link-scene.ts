import {
  steadyNow,
  type CallFrame,
  type Endpoint,
  type Link,
  type Refusal,
  type WireError,
} from '@atlas/coupling-runtime';
import { TcpConnector, type TcpConnectorOptions } from '@atlas/coupling-transport';
import { armFaults } from '@atlas/platform-fault';
import { afterEach, beforeEach, expect } from 'vitest';
import { FakeListener, TEST_TOKEN, type FakePeer } from '../src/index.ts';

export const shared = { build: 'b', contractHash: 'c' };
export const NONCE = '5'.repeat(16);
export const welcome = { t: 'welcome', instance: 'echo-0', nonce: NONCE, ...shared };

type Told =
  | { readonly answered: unknown }
  | { readonly failed: WireError }
  | { readonly refused: Refusal }
  | { readonly lost: true };

const frame = (change: Partial<CallFrame> = {}): CallFrame => ({
  module: 'echo',
  operation: 'say',
  input: { text: 'x' },
  rootId: '7'.repeat(16),
  epoch: 1,
  deadlineAt: steadyNow() + 5_000,
  traceparent: '',
  key: undefined,
  ...change,
});
export const send = (
  link: Link,
  change: Partial<CallFrame> = {},
): { told: Promise<Told>; cancel: () => void } => {
  const { promise, resolve } = Promise.withResolvers<Told>();
  const cancel = link.send(frame(change), {
    answered: (output) => resolve({ answered: output }),
    failed: (error) => resolve({ failed: error }),
    refused: (reason) => resolve({ refused: reason }),
    lost: () => resolve({ lost: true }),
  });
  return { told: promise, cancel };
};

/** A listener that does what the test says, for a link to it. */
export function eachTestHasAListener() {
  const at = {} as {
    listener: FakeListener;
    connector: TcpConnector;
    states: string[];
    lostReasons: string[];
    onState: () => void;
  };

  const endpoint = (change: Partial<Endpoint> = {}): Endpoint => ({
    instance: 'echo-0',
    nonce: NONCE,
    kind: 'service',
    modules: ['echo'],
    rpc: at.listener.rpc,
    health: 'ready',
    ...change,
  });
  const open = (options: Partial<TcpConnectorOptions> = {}, to = endpoint()): Link => {
    at.connector = new TcpConnector({
      identity: { instance: 'shop-0', nonce: '6'.repeat(16), ...shared },
      token: TEST_TOKEN,
      onLost: (_endpoint, reason) => at.lostReasons.push(reason),
      ...options,
    });
    return at.connector.link(to, (link) => {
      at.states.push(link.state);
      at.onState();
    });
  };
  const becomes = (state: string): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (at.states.includes(state)) resolve();
      };
      at.onState = check;
      check();
    });
  const accept = async (): Promise<FakePeer> => {
    const peer = await at.listener.accept();
    expect(await peer.next()).toMatchObject({ t: 'hello', token: TEST_TOKEN, instance: 'shop-0' });
    peer.send(welcome);
    return peer;
  };

  beforeEach(async () => {
    at.states = [];
    at.lostReasons = [];
    at.onState = () => {};
    at.listener = await FakeListener.listen();
  });
  afterEach(async () => {
    armFaults(undefined, '');
    await at.connector.close();
    await at.listener.close();
  });

  return { at, endpoint, open, becomes, accept };
}
