/** `rpc`: a bundle that makes each call as a root of its own, through the typed client. */
import { createCoupling } from '@atlas/coupling-runtime';
import { TcpConnector } from '@atlas/coupling-transport';
import { admitNow } from '../one-bundle.ts';
import { BUNDLE, LAYOUT, TOKEN, benchContract, serviceAt } from './rpc-atlas.ts';
import { serveRpcClient } from './rpc-client.ts';
import type { Ask } from './rpc-work.ts';

serveRpcClient((port) => {
  const connector = new TcpConnector({ identity: BUNDLE.identity, token: TOKEN });
  const coupling = createCoupling({ host: BUNDLE.host, connector });
  coupling.install({ epoch: 1, layout: LAYOUT });
  coupling.setCurrent(1);
  coupling.setEndpoints([serviceAt(port)]);
  const { reserve } = coupling.client(benchContract);
  const ask: Ask = async (input) => {
    const { call, end } = admitNow(coupling, 'bench');
    try {
      return await reserve(input, call);
    } finally {
      end();
    }
  };
  return Promise.resolve(ask);
});
