/** `calls`: the service of `rpc` placed in the bundle: the same contract, handler and roots, no other process. */
import { implement } from '@atlas/coupling-runtime';
import { admitNow, oneBundle } from '../one-bundle.ts';
import { benchContract } from './rpc-atlas.ts';
import { serveRpcClient } from './rpc-client.ts';
import { serveProduct } from './rpc-work.ts';

serveRpcClient(() => {
  const coupling = oneBundle([implement(benchContract, { reserve: serveProduct })]);
  const { reserve } = coupling.client(benchContract);
  return Promise.resolve(async (input) => {
    const { call, end } = admitNow(coupling, 'bench');
    try {
      return await reserve(input, call);
    } finally {
      end();
    }
  });
});
