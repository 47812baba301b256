import { connect } from 'node:net';
import { once } from 'node:events';
import { BareLines } from './rpc-bare.ts';
import { serveRpcClient } from './rpc-client.ts';
import type { RpcOutput } from './rpc-work.ts';

serveRpcClient(async (port) => {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const waiting = new Map<number, (output: RpcOutput) => void>();
  let last = 0;
  const lines = new BareLines<{ id: number; out: RpcOutput }>(socket, ({ id, out }) => {
    waiting.get(id)?.(out);
    waiting.delete(id);
  });
  return (input) =>
    new Promise((resolve) => {
      const id = (last += 1);
      waiting.set(id, resolve);
      lines.send(`{"id":${id},"in":${JSON.stringify(input)}}\n`);
    });
});
