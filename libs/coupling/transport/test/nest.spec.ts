import 'reflect-metadata';
import type { Layout } from '@atlas/control-layout';
import {
  BusinessError,
  createCoupling,
  defineContract,
  implement,
  operation,
  type Admission,
  type CouplingRuntime,
  type Endpoint,
} from '@atlas/coupling-runtime';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { Type } from '@sinclair/typebox';
import { firstValueFrom, of } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CouplingClientProxy, CouplingServer } from '../src/nest/index.ts';

const Text = Type.Object({ text: Type.String() }, { additionalProperties: false });
const contract = defineContract('echo', {
  say: operation({ kind: 'read', input: Text, output: Text, errors: ['silent'], deadlineMs: 1_000 }),
  wait: operation({ kind: 'read', input: Text, output: Text, errors: [], deadlineMs: 5_000 }),
});
const layout: Layout = {
  placements: { echo: 'service' },
  instances: { bundle: 1, echo: 1 },
  canary: {},
  configVersion: 1,
};

@Controller()
class Extra {
  @MessagePattern('extra.shout')
  shout(@Payload() input: { text: string }): unknown {
    if (input.text === '') throw new BusinessError('nothing_to_shout');
    return of({ text: input.text.toUpperCase() });
  }
}
@Module({ controllers: [Extra] })
class App {}

const shared = { build: 'b', contractHash: 'c' };
let service: CouplingRuntime;
let bundle: CouplingRuntime;
let app: INestMicroservice;
let strategy: CouplingServer;
let proxy: CouplingClientProxy;
let admission: Admission;
let cancelled: Promise<void>;

beforeEach(async () => {
  const host = { instance: 'echo-0', nonce: '1'.repeat(16), kind: 'service', modules: ['echo'] } as const;
  service = createCoupling({ host });
  const seen = Promise.withResolvers<void>();
  cancelled = seen.promise;
  service.register(
    implement(contract, {
      say: async ({ text }) => {
        if (text === '') throw new BusinessError('silent');
        return { text };
      },
      wait: async (input, call) => {
        while (!call.expired) await new Promise((resolve) => setImmediate(resolve));
        seen.resolve();
        return input;
      },
    }),
  );
  service.install({ epoch: 1, layout });
  let rpc = '';
  strategy = new CouplingServer({
    runtime: service,
    identity: { ...host, ...shared },
    token: 't',
    onListening: (address) => (rpc = address),
  });
  app = await NestFactory.createMicroservice(App, { strategy, logger: false });
  await app.listen();
  const self = { instance: 'shop-0', nonce: '2'.repeat(16), kind: 'bundle', modules: [] } as const;
  bundle = createCoupling({ host: self });
  bundle.install({ epoch: 1, layout });
  bundle.setCurrent(1);
  const admitted = bundle.admit({ label: 'test' });
  if (admitted instanceof Promise) throw new Error('waits');
  admission = admitted;
  const endpoint: Endpoint = { ...host, rpc, health: 'ready' };
  proxy = new CouplingClientProxy({ identity: { ...self, ...shared }, token: 't', endpoint });
});

afterEach(async () => {
  await proxy.close();
  await app.close();
  await Promise.all([service.close(), bundle.close()]);
});

const send = (pattern: string, input: unknown): Promise<unknown> =>
  firstValueFrom(proxy.send(pattern, { input, call: admission.call }));

describe('the Nest strategy and client', () => {
  it('has one message handler for each operation of the registry', () => {
    expect([...strategy.getHandlers().keys()].sort()).toEqual(['echo.say', 'echo.wait', 'extra.shout']);
  });

  it('answers a call of a registered operation, with coded errors', async () => {
    await expect(send('echo.say', { text: 'hi' })).resolves.toEqual({ text: 'hi' });
    await expect(send('echo.say', { text: '' })).rejects.toMatchObject({ kind: 'business', code: 'silent' });
    await expect(send('echo.say', { wrong: 1 })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(send('echo.nope', {})).rejects.toMatchObject({ code: 'misrouted' });
  });

  it('answers calls that come at the same time, before it is connected', async () => {
    const calls = ['one', 'two', 'three'].map((text) => send('echo.say', { text }));
    await expect(Promise.all(calls)).resolves.toEqual([{ text: 'one' }, { text: 'two' }, { text: 'three' }]);
  });

  it('tells an outcome that comes at once, as that of input that is not JSON-safe', async () => {
    await expect(send('echo.say', { text: 1n })).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('answers a controller’s message pattern', async () => {
    await expect(send('extra.shout', { text: 'hi' })).resolves.toEqual({ text: 'HI' });
  });

  it('cancels the call when its subscriber leaves', async () => {
    const running = proxy.send('echo.wait', { input: { text: '' }, call: admission.call }).subscribe();
    while (service.serving === 0) await new Promise((resolve) => setImmediate(resolve));
    running.unsubscribe();
    await cancelled;
  });

  it('sends no events', async () => {
    await expect(firstValueFrom(proxy.emit('echo.said', {}))).rejects.toMatchObject({ code: 'misrouted' });
  });
});
