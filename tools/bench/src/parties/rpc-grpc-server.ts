/** `rpc`: grpc-js, one channel, with JSON where protobuf would be. */
import { Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { serveParty } from '../serve-party.ts';
import { RESERVE } from './rpc-grpc.ts';
import { serveProduct, type RpcInput, type RpcOutput } from './rpc-work.ts';

const server = new Server();
server.addService(
  { reserve: RESERVE },
  {
    reserve: ({ request }: ServerUnaryCall<RpcInput, RpcOutput>, done: sendUnaryData<RpcOutput>) => {
      serveProduct(request).then(
        (output) => done(null, output),
        (error: Error) => done(error),
      );
    },
  },
);
const port = await new Promise<number>((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
    error === null ? resolve(bound) : reject(error),
  ),
);

serveParty({ port: () => port });
