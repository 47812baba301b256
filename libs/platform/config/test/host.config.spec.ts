import {
  BUNDLE_SETTINGS,
  ConfigError,
  HOST_SETTINGS,
  databaseKey,
  databaseSettings,
  loadConfig,
} from '../src/index.ts';
import { describe, expect, it } from 'vitest';

const env = {
  ATLAS_HOME: '/srv/atlas',
  ATLAS_INSTANCE: 'cart-0',
  ATLAS_NONCE: '0123456789abcdef',
  ATLAS_BUILD: 'dev',
  ATLAS_STORE_URL: 'postgres://atlas_host:x@127.0.0.1:5432/atlas',
  ATLAS_RPC_TOKEN: 'a-token-of-16-chars',
};

describe('settings of a host', () => {
  it('have the documented defaults', () => {
    expect(loadConfig(HOST_SETTINGS, env)).toMatchObject({
      ATLAS_POOL_BUDGET: 60,
      ATLAS_MEMORY_LIMIT_MB: 512,
      ATLAS_LOG_LEVEL: 'info',
      ATLAS_AUDIT_DIR: undefined,
    });
  });

  it('give a service its own database only', () => {
    const cart = { ...HOST_SETTINGS, ...databaseSettings(['cart']) };
    const both = {
      ...env,
      ATLAS_DB_URL_CART: 'postgres://cart:x@127.0.0.1/atlas',
      ATLAS_DB_URL_CATALOG: 'postgres://c@127.0.0.1/atlas',
    };
    expect(() => loadConfig(cart, both)).toThrow(/^ATLAS_DB_URL_CATALOG is not known here/);
    expect(() => loadConfig(cart, env)).toThrow('ATLAS_DB_URL_CART is missing (database of module cart)');
    expect(databaseKey('gift-cards')).toBe('ATLAS_DB_URL_GIFT_CARDS');
  });

  it('name every missing key of a bundle in one line', () => {
    const error = (() => {
      try {
        return loadConfig({ ...HOST_SETTINGS, ...BUNDLE_SETTINGS }, env);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).keys).toEqual(['ATLAS_EVENT_LOG_URL', 'ATLAS_SESSION_SECRET']);
  });

  it.each(['Cart-0', 'cart', 'cart-00000', 'cart-0; drop'])('refuse the instance name %s', (name) => {
    expect(() => loadConfig(HOST_SETTINGS, { ...env, ATLAS_INSTANCE: name })).toThrow(/^ATLAS_INSTANCE = /);
  });
});
