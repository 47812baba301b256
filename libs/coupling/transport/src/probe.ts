import { connect } from 'node:net';
import { steadyNow } from '@atlas/coupling-runtime';
import { Connection } from './connection.ts';
import type { CloseReason, PeerIdentity } from './identity.ts';
import { Pulse } from './pulse.ts';

export interface ProbeOptions {
  /** `host:port` of an RPC listener. */
  readonly rpc: string;
  readonly token: string;
  /** Who asks, for the callee's log. */
  readonly instance: string;
  /** 1,000 by default. */
  readonly timeoutMs?: number;
}

/** Asks a listener who it is; undefined when nobody answers in time or the token is refused. Executes nothing. */
export function probe(options: ProbeOptions): Promise<PeerIdentity | undefined> {
  const at = options.rpc.lastIndexOf(':');
  const pulse = new Pulse();
  return new Promise((resolve) => {
    const socket = connect(Number(options.rpc.slice(at + 1)), options.rpc.slice(0, at));
    let found: PeerIdentity | undefined;
    const onClose = (_reason: CloseReason): void => {
      clearTimeout(timer);
      pulse.close();
      resolve(found);
    };
    const connection = new Connection(
      socket,
      {
        onFrame: (frame) => {
          if (frame.t === 'welcome') {
            const { instance, nonce, build, contractHash } = frame;
            found = { instance, nonce, build, contractHash };
          }
          connection.destroy('closed');
        },
        onClose,
      },
      pulse,
    );
    const timer = setTimeout(() => connection.destroy('hello_timeout'), options.timeoutMs ?? 1_000);
    const { token, instance } = options;
    socket.once('connect', () =>
      connection.send({
        ...{ t: 'hello', token, probe: true, now: steadyNow() },
        ...{ instance, nonce: '', build: '', contractHash: '' },
      }),
    );
  });
}
