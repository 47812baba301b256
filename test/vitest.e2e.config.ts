import { defineConfig } from 'vitest/config';

/** The first one waits for a minute; what the others do meanwhile does not mind a busy machine, and takes no longer. */
const PATIENT = ['store-cut', 'start-killed', 'atlasctl', 'control-api'].map(
  (name) => `test/e2e/${name}.e2e-spec.ts`,
);

/** End to end: the whole stack as real processes. Patient files two at a time; of the others each owns the machine. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    environment: 'node',
    testTimeout: 180_000,
    hookTimeout: 180_000,
    projects: [
      {
        extends: true,
        test: { name: 'patient', include: PATIENT, maxWorkers: 2, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/e2e/**/*.e2e-spec.ts'],
          exclude: PATIENT,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
