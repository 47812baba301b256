import { afterEach, expect, test, vi } from 'vitest';
import { newKey } from '../src/api/shop.ts';

afterEach(() => vi.unstubAllGlobals());

test('each attempt to pay has a key of its own, on a page of plain http, too', () => {
  const { crypto } = globalThis;
  const ofPlainHttp = {
    getRandomValues: (into: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(into),
  };
  vi.stubGlobal('crypto', ofPlainHttp);
  const keys = Array.from({ length: 100 }, newKey);
  expect(new Set(keys).size).toBe(100);
  expect(keys.every((key) => /^[0-9a-f]{32}$/.test(key))).toBe(true);
});
