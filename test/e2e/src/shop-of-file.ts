import { afterAll, beforeAll, beforeEach } from 'vitest';
import { removeHome, startShop, type Shop, type ShopOptions } from './shop.ts';

/**
 * To be called at the top of a test file.
 * @returns what ends everything that runs in the file's folder, by `end`, and disposes of the folder: it is removed, or,
 *   when anything failed (a hook before all tests, a test, or the end itself), kept and named.
 */
export function disposalOfHome(): (home: string, end: () => Promise<void>) => Promise<void> {
  let begun = false;
  let failed = false;
  beforeEach(({ onTestFailed }) => {
    begun = true;
    onTestFailed(() => void (failed = true)); // is told of failed hooks, too
  });
  return async (home, end) => {
    let well = begun && !failed;
    try {
      await end();
    } catch (error) {
      well = false;
      throw error;
    } finally {
      if (well) await removeHome(home);
      else console.error(`logs of the failed run: ${home}`);
    }
  };
}

/**
 * The shop of a test file: started before its first test, ended after its last.
 * @param options of a shop in this folder
 * @returns the shop, for use within tests and hooks.
 */
export function shopOfFile(options: (home: string) => ShopOptions = () => ({})): () => Shop {
  let shop: Shop | undefined;
  const dispose = disposalOfHome();
  beforeAll(async () => {
    shop = await startShop(options);
  });
  afterAll(async () => {
    if (shop) await dispose(shop.home, shop.end);
  });
  return () => {
    if (!shop) throw new Error('the shop has not been started');
    return shop;
  };
}
