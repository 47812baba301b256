import { Client, credentials } from '@grpc/grpc-js';
import { RESERVE } from './rpc-grpc.ts';
import { serveRpcClient } from './rpc-client.ts';
import type { RpcInput, RpcOutput } from './rpc-work.ts';

serveRpcClient((port) => {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = RESERVE;
  return Promise.resolve(
    (input) =>
      new Promise<RpcOutput>((resolve, reject) =>
        client.makeUnaryRequest<RpcInput, RpcOutput>(
          path,
          requestSerialize,
          responseDeserialize,
          input,
          (error, output) =>
            output === undefined ? reject(error ?? new Error('no answer')) : resolve(output),
        ),
      ),
  );
});
