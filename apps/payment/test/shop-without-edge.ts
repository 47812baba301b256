import { randomBytes } from 'node:crypto';
import { cartContract } from '@atlas/cart-contract';
import { cartEntities, cartMigrations, CartModule } from '@atlas/cart-module';
import { catalogContract } from '@atlas/catalog-contract';
import { BusinessError, COUPLING, MODULE_REGISTRY } from '@atlas/coupling-runtime';
import {
  createTestCoupling,
  fakeModule,
  type TestCoupling,
  type TestPlacement,
} from '@atlas/coupling-testkit';
import { paymentEntities, paymentMigrations, PaymentModule } from '@atlas/payment-module';
import { DatabaseModule, migrateModule } from '@atlas/platform-database';
import { EVENT_WRITER, migrateEventLog, postgresEventWriter } from '@atlas/platform-event-log';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import pg from 'pg';
import { BANK_TOKEN } from './bank-process.ts';

@Module({})
class Platform {}
@Module({})
class Shop {}

const ADDRESS = { name: 'Ada', line1: 'Main 1', city: 'Graz', postcode: '8010', country: 'AT' };

/** Cart and payment as Nest wires them, over real databases and a real bank; only the catalogue is a fake. */
export class ShopWithoutEdge {
  readonly coupling: TestCoupling;
  readonly admin: pg.Client;
  readonly sessionId = randomBytes(6).toString('hex');
  /** Orders whose stock is taken. */
  readonly reserved = new Set<string>();
  /** Database role of a module. */
  readonly roleOf: (module: string) => string;
  readonly #released = new Set<string>();
  #app: INestApplicationContext | undefined;
  #calls = 0;

  private constructor({ admin, roleOf }: ShopDatabase, placement: TestPlacement) {
    this.admin = admin;
    this.roleOf = roleOf;
    this.coupling = createTestCoupling({ placement });
  }

  static async open(
    postgresUrl: string,
    bankUrl: string,
    placement: TestPlacement,
  ): Promise<ShopWithoutEdge> {
    const database = await shopDatabase(postgresUrl);
    const { urlOf } = database;
    const shop = new ShopWithoutEdge(database, placement);
    const { coupling } = shop;
    const providers = [
      { provide: COUPLING, useValue: coupling.coupling },
      { provide: MODULE_REGISTRY, useValue: coupling.registry },
      { provide: EVENT_WRITER, useValue: postgresEventWriter },
    ];
    const bank = { acquirerUrl: bankUrl, acquirerToken: BANK_TOKEN };
    const imports = [
      { module: Platform, global: true, providers, exports: providers },
      DatabaseModule.forHost((module) => ({
        url: urlOf(module),
        applicationName: `${module}:0`,
        poolSize: 6,
      })),
      CartModule.register({ retryMs: 20, graceMs: 200 }),
      PaymentModule.register(bank),
    ];
    shop.#app = await NestFactory.createApplicationContext({ module: Shop, imports }, { logger: ['error'] });
    coupling.register(shop.#catalog());
    await coupling.start();
    return shop;
  }

  get cart() {
    return this.coupling.client(cartContract);
  }

  call(key = `call-${(this.#calls += 1)}`) {
    return this.coupling.callOf({ key });
  }

  /** Fills a new cart and checks it out. */
  async buy(token: string, key: string) {
    const { sessionId } = this;
    const { id: cartId } = await this.cart.createCart({ sessionId }, this.call());
    await this.cart.setItem({ sessionId, cartId, productId: 'tea', quantity: 2 }, this.call());
    const order = { sessionId, cartId, payment: { token }, address: ADDRESS };
    return this.cart.checkout(order, this.call(key));
  }

  /** Recovers until no saga is open. */
  async settle(): Promise<void> {
    for (let round = 0; round < 50; round += 1) {
      await this.admin.query(
        `UPDATE cart.orders SET due_at = now() WHERE status IN ('pending', 'payment_pending')`,
      );
      const { open } = await this.cart.recoverCheckouts({}, this.call());
      if (open === 0) return;
    }
    throw new Error('orders stay open');
  }

  async orders(): Promise<readonly { id: string; status: string; totalCents: number }[]> {
    const sql = 'SELECT id, status, total_cents AS "totalCents" FROM cart.orders ORDER BY id';
    return (await this.admin.query<{ id: string; status: string; totalCents: number }>(sql)).rows;
  }

  async close(): Promise<void> {
    await this.coupling.close();
    await this.#app?.close();
    await this.admin.end();
  }

  #catalog() {
    return fakeModule(catalogContract, {
      getProduct: ({ id }) =>
        Promise.resolve({
          id,
          name: id,
          description: '',
          priceCents: 450,
          currency: 'EUR',
          stock: 99,
          imageUrl: '',
        }),
      reserveStock: ({ orderId }) => {
        if (this.#released.has(orderId)) return Promise.reject(new BusinessError('reservation_released'));
        this.reserved.add(orderId);
        return Promise.resolve({ orderId });
      },
      releaseStock: ({ orderId }) => {
        this.#released.add(orderId);
        this.reserved.delete(orderId);
        return Promise.resolve({ orderId });
      },
    });
  }
}

interface ShopDatabase {
  readonly admin: pg.Client;
  readonly roleOf: (module: string) => string;
  readonly urlOf: (module: string) => string;
}

/** A new database with both modules' schemas and the event log. */
async function shopDatabase(postgresUrl: string): Promise<ShopDatabase> {
  const name = `shop_${randomBytes(4).toString('hex')}`;
  const maker = new pg.Client({ connectionString: postgresUrl });
  await maker.connect();
  await maker.query(`CREATE DATABASE ${name}`);
  await maker.end();
  const at = new URL(postgresUrl);
  at.pathname = `/${name}`;
  const adminUrl = at.href;
  const roleOf = (module: string): string => `${name}_${module}`;
  const cart = { module: 'cart', entities: cartEntities, migrations: cartMigrations };
  const payment = { module: 'payment', entities: paymentEntities, migrations: paymentMigrations };
  for (const spec of [cart, payment])
    await migrateModule({ adminUrl, ...spec, role: roleOf(spec.module), password: 'test' });
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`CREATE ROLE ${roleOf('pump')}`);
  await migrateEventLog(admin, { writers: [roleOf('cart')], reader: roleOf('pump') });
  const urlOf = (module: string): string => {
    const url = new URL(adminUrl);
    url.username = roleOf(module);
    url.password = 'test';
    return url.href;
  };
  return { urlOf, roleOf, admin };
}
