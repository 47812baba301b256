/** `rpc`: a Nest microservice on its own TCP transport, as its documentation sets one up. */
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Transport } from '@nestjs/microservices';
import { freePort } from '@atlas/platform-stack';
import { serveParty } from '../serve-party.ts';
import { serveProduct, type RpcInput } from './rpc-work.ts';

class Catalog {
  reserve(input: RpcInput) {
    return serveProduct(input);
  }
}
class App {}

// Decorators by hand: benches run as they are written, and Node knows no decorators.
Controller()(Catalog);
const reserve = Object.getOwnPropertyDescriptor(Catalog.prototype, 'reserve');
if (reserve !== undefined) MessagePattern('catalog.reserve')(Catalog.prototype, 'reserve', reserve);
Module({ controllers: [Catalog] })(App);

const port = await freePort();
const service = await NestFactory.createMicroservice(App, {
  transport: Transport.TCP,
  options: { host: '127.0.0.1', port },
  logger: false,
});
await service.listen();

serveParty({ port: () => port });
