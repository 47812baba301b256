export * from './kit.ts';
export { disposalOfHome, shopOfFile } from './shop-of-file.ts';
