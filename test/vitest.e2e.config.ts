import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** They wait most of the time, the first one for a minute, and what they do does not mind a busy machine. */
const PATIENT = [
  'store-cut',
  'start-killed',
  'abuse',
  'switcher-standby',
  'atlasctl',
  'spares',
  'control-api',
].map((name) => `test/e2e/${name}.e2e-spec.ts`);

/** Patient files as they are listed, the longest first; Vitest would begin with the one that has most lines. */
class AsListed extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number =>
      PATIENT.findIndex((path) => moduleId.endsWith(path));
    return Promise.resolve(files.toSorted((a, b) => place(a) - place(b)));
  }
}

/** End to end: the whole stack as real processes. Patient files two at a time; of the others each owns the machine. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..'),
    environment: 'node',
    testTimeout: 180_000,
    hookTimeout: 180_000,
    sequence: { sequencer: AsListed },
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
