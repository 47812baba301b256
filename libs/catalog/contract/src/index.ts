export * from './catalog.contract.ts';
