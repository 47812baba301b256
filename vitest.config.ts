import { defineConfig } from 'vitest/config';

/** For how long each property looks for a case that breaks it; without, each has its own number of runs. */
const hunt = Number(process.env['ATLAS_HUNT_SECONDS']) || 0;

/** One Vitest for all libraries and apps: unit, property and conformance tests. End-to-end tests have their own config. */
export default defineConfig({
  test: {
    include: [
      '{apps,libs,tools}/**/test/**/*.spec.ts',
      'load/test/**/*.spec.ts',
      'test/{fire,formal,mutation,simulation,trials}/test/**/*.spec.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    environment: 'node',
    globalSetup: ['test/postgres.setup.ts'],
    maxWorkers: 2,
    setupFiles: [
      'test/patience.setup.ts',
      'test/properties.setup.ts',
      ...(hunt > 0 ? ['test/hunt.setup.ts'] : []),
    ],
    expect: { poll: { timeout: 10_000 } },
    // Some start a stack, or wait for several things with the patience for one each.
    testTimeout: 60_000 + 10_000 * hunt,
    hookTimeout: 60_000,
    coverage: {
      // Entry points and the page run in processes of their own, in the end-to-end tests.
      include: ['{apps,libs,tools}/**/src/**/*.ts', 'load/src/**/*.ts'],
      exclude: [
        'apps/storefront/**',
        'tools/bench/src/{cli,controllers-cli}.ts',
        'tools/bench/src/parties/**',
        '**/main.ts',
        '**/src/{soak,rest,fuzz,audit,migrate,capacity}.ts',
        'test/**',
      ],
      reporter: ['text-summary'],
      // The pure decision has no branch that a test does not take.
      thresholds: { lines: 80, 'libs/brain/decision/src/**/*.ts': { branches: 100 } },
    },
  },
});
