import 'reflect-metadata';
import { MOST_SEED_PRODUCTS } from '@atlas/catalog-module';
import { HOST_SETTINGS, loadConfig } from '@atlas/platform-config';
import { hideCredentials } from '@atlas/platform-telemetry';
import { migrateShop } from './migrate-shop.ts';

/** @throws Error when it is not a JSON object of texts; says nothing of its values. */
function readPasswords(text: string): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('ATLAS_ROLE_PASSWORDS is not JSON');
  }
  const fits = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!fits || !Object.values(value as object).every((password) => typeof password === 'string'))
    throw new Error('ATLAS_ROLE_PASSWORDS is not an object of role names and passwords');
  return value as Record<string, string>;
}

/** Brings the database up to date and ends; exit code 1 with one line on standard error when it cannot. */
try {
  const config = loadConfig(
    {
      ATLAS_ADMIN_URL: {
        type: 'url',
        protocols: ['postgres:', 'postgresql:'],
        secret: true,
        describe: "superuser's URL of the database",
      },
      ATLAS_ROLE_PASSWORDS: { type: 'text', secret: true, describe: 'JSON: role → password' },
      ATLAS_SEED_PRODUCTS: {
        type: 'integer',
        min: 0,
        max: MOST_SEED_PRODUCTS,
        default: 0,
        describe: 'products of a new catalogue',
      },
      ATLAS_FAULTS: HOST_SETTINGS.ATLAS_FAULTS,
      ATLAS_LOG_LEVEL: HOST_SETTINGS.ATLAS_LOG_LEVEL,
    },
    process.env,
  );
  await migrateShop({
    adminUrl: config.ATLAS_ADMIN_URL,
    passwords: readPasswords(config.ATLAS_ROLE_PASSWORDS),
    seedProducts: config.ATLAS_SEED_PRODUCTS,
  });
} catch (error) {
  process.stderr.write(`error: ${hideCredentials(error instanceof Error ? error.message : String(error))}\n`);
  process.exitCode = 1;
}
