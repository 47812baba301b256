export { CartModule, type CartOptions } from './cart.module.ts';
export { cartEntities, cartMigrations } from './adapters/schema.ts';
