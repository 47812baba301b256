import { afterAll, afterEach, beforeAll } from 'vitest';
import { removeHome, startShop, type Shop, type ShopOptions } from './shop.ts';

/**
 * The shop of a test file: started before its first test, ended after its last.
 * @returns the shop, for use within tests and hooks.
 */
export function shopOfFile(options: () => ShopOptions | Promise<ShopOptions> = () => ({})): () => Shop {
  let shop: Shop | undefined;
  let failed = false;
  beforeAll(async () => {
    shop = await startShop(await options());
  });
  afterEach(({ task }) => {
    failed ||= task.result?.state === 'fail';
  });
  afterAll(async () => {
    if (!shop) return;
    await shop.end();
    if (failed) console.error(`logs of the failed run: ${shop.home}`);
    else await removeHome(shop.home);
  });
  return () => {
    if (!shop) throw new Error('the shop has not been started');
    return shop;
  };
}
