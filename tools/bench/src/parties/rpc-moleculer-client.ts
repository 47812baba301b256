import { SERVER, molecule } from './rpc-moleculer.ts';
import { serveRpcClient } from './rpc-client.ts';
import type { RpcInput, RpcOutput } from './rpc-work.ts';

serveRpcClient(async (port) => {
  const broker = molecule('bench', `127.0.0.1:${port}/${SERVER}`);
  await broker.start();
  await broker.waitForServices('catalog', 20_000, 50);
  return (input) => broker.call<RpcOutput, RpcInput>('catalog.reserve', input);
});
