import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

test('more products than there are is said so before anything is begun', async () => {
  vi.stubEnv('ATLAS_ADMIN_URL', 'postgres://nobody@127.0.0.1:1/none');
  vi.stubEnv('ATLAS_ROLE_PASSWORDS', '{}');
  vi.stubEnv('ATLAS_SEED_PRODUCTS', '1009');
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  await import('../src/migrate.ts');
  expect(String(said.mock.calls)).toMatch(
    /^error: ATLAS_SEED_PRODUCTS = "1009" is not an integer from 0 to 1008$/m,
  );
  expect(process.exitCode).toBe(1);
});
