/** `product`: the hello world of Nest on Fastify, as its documentation writes it. */
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveParty } from '../serve-party.ts';

class Hello {
  hello(): string {
    return 'Hello World!';
  }
}
class App {}

// Decorators by hand: benches run as they are written, and Node knows no decorators.
Controller()(Hello);
const hello = Object.getOwnPropertyDescriptor(Hello.prototype, 'hello');
if (hello !== undefined) Get()(Hello.prototype, 'hello', hello);
Module({ controllers: [Hello] })(App);

const app = await NestFactory.create<NestFastifyApplication>(App, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
const { port } = new URL(await app.getUrl());

serveParty({ port: () => Number(port) });
