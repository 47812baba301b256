import { migrateBrain } from '@atlas/brain-collector/migrate';
import { cartEntities, cartMigrations } from '@atlas/cart-module';
import { catalogEntities, catalogMigrations, seedCatalog } from '@atlas/catalog-module';
import { migrateCoupling } from '@atlas/control-store';
import { paymentEntities, paymentMigrations } from '@atlas/payment-module';
import { adminClient, migrateModule, type ModuleMigration } from '@atlas/platform-database';
import { migrateEventLog } from '@atlas/platform-event-log';
import { shippingEntities, shippingMigrations } from '@atlas/shipping-module';
import type { ShopModule } from '@atlas/shop-contract';
import type pg from 'pg';

export interface ShopMigration {
  /** Superuser's URL of the shop's database. */
  readonly adminUrl: string;
  /** Role → password: one for each module (under its name) and for the platform's roles. */
  readonly passwords: Readonly<Record<string, string>>;
  /** Products of a new catalogue; one that has products is left alone. */
  readonly seedProducts: number;
}

const SCHEMAS: Readonly<Record<ShopModule, Pick<ModuleMigration, 'entities' | 'migrations'>>> = {
  catalog: { entities: catalogEntities, migrations: catalogMigrations },
  cart: { entities: cartEntities, migrations: cartMigrations },
  payment: { entities: paymentEntities, migrations: paymentMigrations },
  shipping: { entities: shippingEntities, migrations: shippingMigrations },
};

/** Modules whose events others act on: to write one is to order a shipment. */
const PUBLISHERS: readonly ShopModule[] = ['cart', 'shipping'];

const HOST_ROLE = 'atlas_host';
const SWITCHER_ROLE = 'atlas_switcher';
const PUMP_ROLE = 'atlas_pump';
const BRAIN_ROLE = 'atlas_brain';
/** Every role that needs a password. */
export const ROLES: readonly string[] = [
  ...Object.keys(SCHEMAS),
  HOST_ROLE,
  SWITCHER_ROLE,
  PUMP_ROLE,
  BRAIN_ROLE,
];

/** The same seed everywhere, so that everybody's catalogue is the same. */
const CATALOGUE_SEED = 1;

async function giveLogin(client: pg.Client, role: string, password: string): Promise<void> {
  const name = client.escapeIdentifier(role);
  await client.query(`DO $$ BEGIN CREATE ROLE ${name} LOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`);
  await client.query(
    `ALTER ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${client.escapeLiteral(password)}`,
  );
}

/**
 * Brings the shop's database up to date: roles, one schema per module, event log, coupling store, the brain's telemetry, first catalogue.
 * Idempotent.
 * @throws Error naming a role without password; else as `pg` does.
 */
export async function migrateShop({ adminUrl, passwords, seedProducts }: ShopMigration): Promise<void> {
  const passwordOf = (role: string): string => {
    const password = passwords[role];
    if (!password) throw new Error(`ATLAS_ROLE_PASSWORDS has no password for role "${role}"`);
    return password;
  };
  ROLES.forEach(passwordOf);
  for (const [module, schema] of Object.entries(SCHEMAS)) {
    await migrateModule({ ...schema, module, adminUrl, role: module, password: passwordOf(module) });
  }
  const client = adminClient(adminUrl, 'migrate:shop');
  await client.connect();
  try {
    await migrateCoupling(client, { host: HOST_ROLE, switcher: SWITCHER_ROLE });
    for (const role of [HOST_ROLE, SWITCHER_ROLE, PUMP_ROLE, BRAIN_ROLE])
      await giveLogin(client, role, passwordOf(role));
    await migrateEventLog(client, { writers: PUBLISHERS, reader: PUMP_ROLE });
    await migrateBrain(client, BRAIN_ROLE);
    if (seedProducts > 0) await seedCatalog(client, { products: seedProducts, seed: CATALOGUE_SEED });
  } finally {
    await client.end();
  }
}
