import { freePort } from '@atlas/platform-stack';
import { serveParty } from '../serve-party.ts';
import { SERVER, molecule } from './rpc-moleculer.ts';
import { serveProduct, type RpcInput } from './rpc-work.ts';

const port = await freePort();
const broker = molecule(SERVER, `127.0.0.1:${port}/${SERVER}`);
broker.createService({
  name: 'catalog',
  actions: { reserve: (context: { params: RpcInput }) => serveProduct(context.params) },
});
await broker.start();

serveParty({ port: () => port });
