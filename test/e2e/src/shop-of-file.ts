import { afterAll, afterEach, beforeAll } from 'vitest';
import { removeHome, startShop, type Shop, type ShopOptions } from './shop.ts';

/**
 * To be called at the top of a test file.
 * @returns what disposes of the file's folder after its last test: removed, or, when a test failed, kept and named.
 */
export function disposalOfHome(): (home: string) => Promise<void> {
  let failed = false;
  afterEach(({ task }) => {
    failed ||= task.result?.state === 'fail';
  });
  return async (home) => {
    if (failed) console.error(`logs of the failed run: ${home}`);
    else await removeHome(home);
  };
}

/**
 * The shop of a test file: started before its first test, ended after its last.
 * @returns the shop, for use within tests and hooks.
 */
export function shopOfFile(options: () => ShopOptions | Promise<ShopOptions> = () => ({})): () => Shop {
  let shop: Shop | undefined;
  const dispose = disposalOfHome();
  beforeAll(async () => {
    shop = await startShop(await options());
  });
  afterAll(async () => {
    if (!shop) return;
    await shop.end();
    await dispose(shop.home);
  });
  return () => {
    if (!shop) throw new Error('the shop has not been started');
    return shop;
  };
}
