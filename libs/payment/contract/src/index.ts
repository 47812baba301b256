export * from './payment.contract.ts';
