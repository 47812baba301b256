export { CatalogModule, catalogEntities, catalogMigrations } from './catalog.module.ts';
export { seedCatalog, type CatalogSeed } from './seed/seed-catalog.ts';
export { MOST_SEED_PRODUCTS } from './seed/shop-seed.ts';
