/** `rpc`: a service as the shop runs it: input checked, epoch and deadline kept, root accounted. */
import { createCoupling, implement } from '@atlas/coupling-runtime';
import { RpcServer } from '@atlas/coupling-transport';
import { serveParty } from '../serve-party.ts';
import { benchContract, LAYOUT, SERVICE, TOKEN } from './rpc-atlas.ts';
import { serveProduct } from './rpc-work.ts';

const coupling = createCoupling({ host: SERVICE.host });
coupling.register(implement(benchContract, { reserve: serveProduct }));
coupling.install({ epoch: 1, layout: LAYOUT });
const server = new RpcServer({ identity: SERVICE.identity, token: TOKEN, inbound: coupling });
const rpc = await server.listen();

serveParty({ port: () => Number(rpc.slice(rpc.lastIndexOf(':') + 1)) });
