export { ShippingModule, shippingEntities, shippingMigrations } from './shipping.module.ts';
