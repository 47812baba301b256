/** `rpc`: the least that a batched line protocol can be: an id and the same payload, nothing else. */
import { createServer } from 'node:net';
import { serveParty } from '../serve-party.ts';
import { BareLines } from './rpc-bare.ts';
import { serveProduct, type RpcInput } from './rpc-work.ts';

const server = createServer((socket) => {
  const lines = new BareLines<{ id: number; in: RpcInput }>(socket, ({ id, in: input }) => {
    void serveProduct(input).then((output) => lines.send(`{"id":${id},"out":${JSON.stringify(output)}}\n`));
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

serveParty({
  port: () => {
    const address = server.address();
    return typeof address === 'object' ? address?.port : undefined;
  },
});
