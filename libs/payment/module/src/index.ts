export { PaymentModule, paymentEntities, paymentMigrations, type PaymentOptions } from './payment.module.ts';
