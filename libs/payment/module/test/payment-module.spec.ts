import { createTestCoupling } from '@atlas/coupling-testkit';
import { COUPLING, MODULE_REGISTRY } from '@atlas/coupling-runtime';
import { paymentContract } from '@atlas/payment-contract';
import { DatabaseModule } from '@atlas/platform-database';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, inject, it } from 'vitest';
import { PaymentModule } from '../src/index.ts';
import { paymentDatabase } from './payment-database.ts';

describe('the payment module', () => {
  it('is wired by Nest alone and charges through its contract', async () => {
    const { database, url, close } = await paymentDatabase(inject('postgresUrl'));
    const coupling = createTestCoupling();

    const platform = [
      { provide: COUPLING, useValue: coupling },
      { provide: MODULE_REGISTRY, useValue: coupling.registry },
    ];
    @Module({})
    class Platform {}
    @Module({})
    class Host {}

    const app = await NestFactory.createApplicationContext(
      {
        module: Host,
        imports: [
          { module: Platform, global: true, providers: platform, exports: platform },
          DatabaseModule.forHost(() => ({ url, applicationName: 'payment-test:1', poolSize: 2 })),
          PaymentModule.register({
            acquirerUrl: 'http://127.0.0.1:9',
            acquirerToken: 'x',
            bankTimeoutMs: 300,
          }),
        ],
      },
      { logger: ['error'], abortOnError: false },
    );
    const input = { orderId: 'o-1', amountCents: 5, currency: 'EUR', token: 'tok_ok' } as const;
    const answer = await coupling
      .client(paymentContract)
      .charge(input, coupling.callOf({ key: 'o-1:charge' }));
    expect(answer.status).toBe('unknown');
    const text = 'SELECT status FROM charges WHERE order_id = $1';
    const rows = await database.query({ deadlineAt: Date.now() + 1_000 }, { name: 'test.charge', text }, [
      'o-1',
    ]);
    expect(rows).toEqual([{ status: 'open' }]);
    await app.close();
    await coupling.close();
    await close();
  });
});
