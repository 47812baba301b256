import { scratchModule, type ScratchModule } from '@atlas/platform-database/testing';
import { inject } from 'vitest';
import { catalogEntities, catalogMigrations, seedCatalog } from '../src/index.ts';

/** How many products the catalogue of these tests has. */
export const PRODUCTS = 520;

/** A migrated and seeded catalogue in a database of its own. */
export const scratchCatalog = (): Promise<ScratchModule> =>
  scratchModule(inject('postgresUrl'), {
    module: 'catalog',
    entities: catalogEntities,
    migrations: catalogMigrations,
    after: async (client) => void (await seedCatalog(client, { products: PRODUCTS, seed: 1 })),
  });
