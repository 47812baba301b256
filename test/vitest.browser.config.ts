import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** The storefront in a real Chromium (ATLAS_CHROMIUM), against the whole stack. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..'),
    include: ['test/e2e/**/*.browser-spec.ts'],
    environment: 'node',
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
