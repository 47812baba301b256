import 'reflect-metadata';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { serveRpcClient } from './rpc-client.ts';
import type { RpcInput, RpcOutput } from './rpc-work.ts';

serveRpcClient(async (port) => {
  const client = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
  });
  await client.connect();
  return (input) => firstValueFrom(client.send<RpcOutput, RpcInput>('catalog.reserve', input));
});
