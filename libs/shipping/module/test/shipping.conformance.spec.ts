import 'reflect-metadata';
import { ShipmentCreated } from '@atlas/cart-contract';
import { MODULE_REGISTRY, type Client, type InputOf } from '@atlas/coupling-runtime';
import { createTestCoupling, type TestCoupling, type TestPlacement } from '@atlas/coupling-testkit';
import { DatabaseModule, watchTransactions } from '@atlas/platform-database';
import { scratchModule, type ScratchModule } from '@atlas/platform-database/testing';
import { EVENT_WRITER, migrateEventLog, postgresEventWriter } from '@atlas/platform-event-log';
import { shippingContract } from '@atlas/shipping-contract';
import { Value } from '@sinclair/typebox/value';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { shippingEntities, shippingMigrations, ShippingModule } from '../src/index.ts';

watchTransactions();

type OrderPaid = InputOf<(typeof shippingContract)['operations']['applyOrderPaid']>;

const orderPaid = (orderId: string, version = 1): OrderPaid => ({
  id: randomUUID(),
  name: 'order.paid',
  aggregateId: orderId,
  version,
  payload: {
    orderId,
    totalCents: 4_990,
    lines: [{ productId: 'halden-kettle', quantity: 1 }],
    address: { name: 'Ada', line1: 'Street 1', city: 'Turku', postcode: '20100', country: 'FI' },
  },
  rootId: '0123456789abcdef',
  at: 1,
});

describe.each(['local', 'encoded', 'remote'] satisfies TestPlacement[])(
  'shipping, placed %s',
  (placement) => {
    let scratch: ScratchModule;
    let admin: pg.Client;
    let app: INestApplicationContext;
    let kit: TestCoupling;
    let shipping: Client<typeof shippingContract>;

    beforeAll(async () => {
      scratch = await scratchModule(inject('postgresUrl'), {
        module: 'shipping',
        entities: shippingEntities,
        migrations: shippingMigrations,
        async after(client, role) {
          await client.query(`CREATE ROLE pump_${role}`);
          await migrateEventLog(client, { writers: [role], reader: `pump_${role}` });
        },
      });
      admin = new pg.Client({ connectionString: scratch.url });
      await admin.connect();
      kit = createTestCoupling({ placement });
      const provided = [
        { provide: MODULE_REGISTRY, useValue: kit.registry },
        { provide: EVENT_WRITER, useValue: postgresEventWriter },
      ];
      const settings = { url: scratch.roleUrl, applicationName: 'shipping-0:test', poolSize: 6 };
      const database = DatabaseModule.forHost(() => settings);
      const host = { module: class Host {}, global: true, providers: provided, exports: provided };
      app = await NestFactory.createApplicationContext(
        { module: class Root {}, imports: [host, database, ShippingModule] },
        { logger: false },
      );
      await kit.start();
      shipping = kit.client(shippingContract);
    });
    afterAll(async () => {
      await kit.close();
      await app.close();
      await admin.end();
      await scratch.drop();
    });

    const apply = (event: OrderPaid) => shipping.applyOrderPaid(event, kit.callOf({ key: event.id }));
    const published = async (orderId: string): Promise<Record<string, unknown>[]> => {
      const { rows } = await admin.query<Record<string, unknown>>(
        `SELECT id, name, aggregate_id AS "aggregateId", version, payload, root_id AS "rootId", 1 AS at
       FROM event_log.events WHERE payload->>'orderId' = $1`,
        [orderId],
      );
      return rows;
    };

    test('a paid order is shipped, and the shipment is told', async () => {
      expect(await apply(orderPaid('o-1'))).toEqual({ applied: 'applied' });
      const shipment = await shipping.getShipment({ orderId: 'o-1' }, kit.callOf());
      expect(shipment).toMatchObject({
        orderId: 'o-1',
        trackingNumber: expect.stringMatching(/^ATL\d{17}$/),
      });
      const events = await published('o-1');
      expect(events).toMatchObject([{ aggregateId: shipment.shipmentId, version: 1, payload: shipment }]);
      expect([...Value.Errors(ShipmentCreated, events[0])]).toEqual([]);
      const { address, lines } = orderPaid('o-1').payload;
      const { rows } = await admin.query(`SELECT parcel FROM shipping.shipments WHERE order_id = 'o-1'`);
      expect(rows).toEqual([{ parcel: { address, lines } }]);
    });

    test('an event that arrives again, or many times at once, ships nothing more', async () => {
      const outcomes = await Promise.all(Array.from({ length: 10 }, () => apply(orderPaid('o-2'))));
      expect(outcomes.filter(({ applied }) => applied === 'applied')).toHaveLength(1);
      expect(await apply(orderPaid('o-2'))).toEqual({ applied: 'skipped' });
      expect(await published('o-2')).toHaveLength(1);
    });

    test('a later version waits for the earlier one, and does not ship twice', async () => {
      expect(await apply(orderPaid('o-3', 2))).toEqual({ applied: 'gap' });
      await expect(shipping.getShipment({ orderId: 'o-3' }, kit.callOf())).rejects.toMatchObject({
        kind: 'business',
        code: 'shipment_not_found',
      });
      expect(await apply(orderPaid('o-3', 1))).toEqual({ applied: 'applied' });
      expect(await apply(orderPaid('o-3', 2))).toEqual({ applied: 'applied' });
      expect(await published('o-3')).toHaveLength(1);
    });

    test('when the event cannot be written, nothing is shipped and the order stays to be applied', async () => {
      await admin.query(`REVOKE INSERT ON event_log.events FROM ${scratch.role}`);
      await expect(apply(orderPaid('o-4'))).rejects.toThrow();
      await expect(shipping.getShipment({ orderId: 'o-4' }, kit.callOf())).rejects.toMatchObject({
        code: 'shipment_not_found',
      });
      await admin.query(`GRANT INSERT ON event_log.events TO ${scratch.role}`);
      expect(await apply(orderPaid('o-4'))).toEqual({ applied: 'applied' });
    });

    test('entities and migrations describe the same tables', async () => {
      const { dataSource } = await scratch.open(1);
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
    });
  },
);
