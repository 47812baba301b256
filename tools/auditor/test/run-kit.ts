/** A small run that everything fits in, to be spoiled piece by piece: audit files, client log, tables, a bank. */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Layout } from '@atlas/control-layout';
import { migrateCoupling } from '@atlas/control-store';
import type { RequestRecord } from '@atlas/load';
import { migrateEventLog } from '@atlas/platform-event-log';
import { encodeAudit, type AuditHeader, type AuditRecord, type EndRecord } from '@atlas/platform-telemetry';
import { Client } from 'pg';

/** The modules' tables as their migrations make them, as far as the auditor reads them. */
const TABLES = `
  CREATE SCHEMA cart; CREATE SCHEMA catalog; CREATE SCHEMA shipping;
  CREATE TABLE cart.orders (
    id text PRIMARY KEY, status text NOT NULL, saga_state text NOT NULL, total_cents integer NOT NULL,
    lines jsonb NOT NULL DEFAULT '[]', tracking_number text, created_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE catalog.products (id text PRIMARY KEY, stock integer NOT NULL, initial_stock integer NOT NULL);
  CREATE TABLE catalog.reservations (order_id text PRIMARY KEY, state text NOT NULL, lines jsonb NOT NULL);
  CREATE TABLE shipping.shipments (id text PRIMARY KEY, order_id text NOT NULL UNIQUE, tracking_number text NOT NULL);`;

const MODULES = ['cart', 'catalog', 'payment', 'shipping'];
const placements = (cart: 'bundle' | 'service'): Layout => ({
  placements: { cart, catalog: 'bundle', payment: 'bundle', shipping: 'bundle' },
  instances: cart === 'service' ? { bundle: 1, cart: 1 } : { bundle: 1 },
  canary: {},
  configVersion: 1,
});
export const LAYOUTS: ReadonlyMap<number, Layout> = new Map([
  [1, placements('bundle')],
  [2, placements('service')],
]);

export const SHOP: AuditHeader = {
  type: 'header',
  instance: 'shop-0',
  nonce: 'aa',
  kind: 'bundle',
  modules: MODULES,
};
export const CART: AuditHeader = {
  type: 'header',
  instance: 'cart-0',
  nonce: 'bb',
  kind: 'service',
  modules: ['cart'],
};

export interface Charge {
  readonly orderId: string;
  readonly amountCents: number;
  readonly status: string;
}

export const TOTAL_CENTS = 1_500;
/** SQL that writes an event. */
export const eventOf = (name: string, aggregateId: string): string =>
  `INSERT INTO event_log.events (name, aggregate_id, version, payload, root_id)
   VALUES ('${name}', '${aggregateId}', 1, '{}', '00')`;

export const rootOf = (n: number): string => n.toString(16).padStart(16, '0');

/** Both sides of one call. */
export function callOf(
  root: string,
  epoch: number,
  operation: string,
  to: AuditHeader,
): [AuditRecord, AuditRecord] {
  const about = {
    root,
    epoch,
    module: operation.split('.')[0] ?? '',
    operation: operation.split('.')[1] ?? '',
  };
  return [
    { type: 'serve', ...about, key: `k-${operation}`, instance: to.instance },
    { type: 'call', ...about, key: `k-${operation}`, target: to.instance, outcome: 'ok' },
  ];
}

function requestRecord(n: number, epoch: number): RequestRecord {
  const times = { scheduled: n, sent: n, done: n + 5 };
  return {
    ...{ phase: 'load', ...times, method: 'POST', route: 'POST /api/carts/{id}/checkout', status: 201 },
    ...{ failed: false, epoch, mode: 'tight', rootId: rootOf(n), journey: n, key: `key-${n}` },
    ...{ orderId: `order-${n}`, totalCents: TOTAL_CENTS, cancelled: false },
  };
}

/** Everything that the auditor reads, before it is written down: `orders` checkouts, half of them under epoch 2. */
export class FakeRun {
  readonly shop: AuditRecord[] = [];
  readonly cart: AuditRecord[] = [];
  readonly log: RequestRecord[] = [];
  readonly charges: Charge[] = [];
  /** Headers of the files that are written. */
  readonly files = new Set([SHOP, CART]);
  /** Those whose processes have left in order. */
  readonly ended = new Set<AuditHeader>();
  /** SQL to spoil the tables with. */
  readonly sql: string[] = [];
  readonly #orders: number;

  constructor(orders = 6) {
    this.#orders = orders;
    for (let n = 1; n <= orders; n++) this.#checkout(n, n % 2 === 0 ? 2 : 1);
  }

  #checkout(n: number, epoch: number): void {
    const root = rootOf(n);
    const cart = epoch === 2 ? CART : SHOP;
    const cartRecords = epoch === 2 ? this.cart : this.shop;
    const [serve, call] = callOf(root, epoch, 'cart.checkout', cart);
    const [reserveServe, reserveCall] = callOf(root, epoch, 'catalog.reserveStock', SHOP);
    this.shop.push({ type: 'admit', root, epoch, label: 'http:POST /api/carts/{id}/checkout' });
    cartRecords.push(serve);
    this.shop.push(reserveServe);
    cartRecords.push(reserveCall);
    this.shop.push(call);
    this.log.push(requestRecord(n, epoch));
    this.charges.push({ orderId: `order-${n}`, amountCents: TOTAL_CENTS, status: 'captured' });
  }

  /** Fills an empty database. */
  async fill(client: Client): Promise<void> {
    await migrateCoupling(client);
    await migrateEventLog(client, { writers: [], reader: 'atlas_host' });
    await client.query(TABLES);
    for (const [epoch, layout] of LAYOUTS) {
      await client.query('INSERT INTO coupling.layouts (epoch, layout) VALUES ($1, $2)', [
        epoch,
        JSON.stringify(layout),
      ]);
    }
    await client.query(`
      INSERT INTO coupling.leases
        SELECT i, n, '{}', '{}', 'ready', '', now() FROM (VALUES ('shop-0', 'aa'), ('cart-0', 'bb')) AS h (i, n);
      INSERT INTO catalog.products VALUES ('lamp', ${100 - this.#orders}, 100), ('shirt', 50, 50);
      INSERT INTO catalog.reservations VALUES
        ('released', 'released', '[{"productId": "shirt", "quantity": 7}]'),
        ('refused', 'refused', '[{"productId": "shirt", "quantity": 70}]')`);
    for (let n = 1; n <= this.#orders; n++) {
      const id = `order-${n}`;
      const lines = `'[{"productId": "lamp", "quantity": 1}]'`;
      await client.query(`INSERT INTO cart.orders
          VALUES ('${id}', 'shipped', 'paid', ${TOTAL_CENTS}, ${lines}, 'tracking-${n}');
        INSERT INTO shipping.shipments VALUES ('shipment-${n}', '${id}', 'tracking-${n}');
        INSERT INTO catalog.reservations VALUES ('${id}', 'reserved', ${lines});
        ${eventOf('order.paid', id)}`);
    }
    await client.query(`INSERT INTO event_log.handled
      SELECT 'shipping', id, name, xid FROM event_log.events;
      ${this.sql.join(';')}`);
  }

  /** Writes audit files and client log. */
  async write(folder: string): Promise<{ readonly auditDir: string; readonly clientLog: string }> {
    const auditDir = join(folder, 'audit');
    const clientLog = join(folder, 'requests.jsonl');
    await mkdir(auditDir);
    for (const header of this.files) {
      const records = header === SHOP ? this.shop : header === CART ? this.cart : [];
      const end: EndRecord[] = this.ended.has(header) ? [{ type: 'end' }] : [];
      const bytes = Buffer.concat([header, ...records, ...end].map(encodeAudit));
      await writeFile(join(auditDir, `${header.instance}-${header.nonce}.audit`), bytes);
    }
    await writeFile(clientLog, this.log.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return { auditDir, clientLog };
  }
}

/** A bank that shows these charges, two per page. @param asked called before each page */
export async function startFakeBank(charges: readonly Charge[], asked = (): void => undefined) {
  const server = createServer((request, response) => {
    asked();
    const from = Number(new URL(request.url ?? '', 'http://bank').searchParams.get('after') || 0);
    const next = from + 2 < charges.length ? String(from + 2) : null;
    response.end(JSON.stringify({ items: charges.slice(from, from + 2), next }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url, close };
}

export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-audit-'));
  return work(folder).finally(() => rm(folder, { recursive: true, force: true }));
}

/** A database of its own in the server behind `superuserUrl`. */
export async function withDatabase<T>(
  superuserUrl: string,
  name: string,
  work: (url: string, client: Client) => Promise<T>,
): Promise<T> {
  const admin = new Client({ connectionString: superuserUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(superuserUrl);
  url.pathname = `/${name}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    return await work(url.href, client);
  } finally {
    await client.end();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  }
}
