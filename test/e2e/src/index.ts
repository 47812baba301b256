export * from './kit.ts';
export { shopOfFile } from './shop-of-file.ts';
