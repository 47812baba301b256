export * from './cart.contract.ts';
