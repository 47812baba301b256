export * from './shipping.contract.ts';
