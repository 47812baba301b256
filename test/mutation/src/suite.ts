/** The tests that have to notice, run again and again in one Vitest. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVitest, type TestSpecification, type Vitest } from 'vitest/node';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** The quick ones first: the slow ones are run only for what these do not notice. */
const SPECS = [
  ...['machine', 'machine-committed', 'transition-table', 'needs', 'proposal', 'keep-warm', 'spares'],
  ...['autonomy', 'beta-binomial', 'quiet', 'prewarm'],
  ...['trial', 'trial-step', 'trial-slices', 'trial-strain', 'trial-surge'],
  ...['protocol.property'],
].map((name) => `apps/switcher/test/${name}.spec.ts`);
/** Absolute. */
export const SPEC_FILES = SPECS.map((name) => join(ROOT, name));
const PROPERTY_RUNS = '25';

export interface Suite {
  /** Undefined: nobody notices this mutant. Else the name of the first test that does. */
  killerOf(mutant: number): Promise<string | undefined>;
  close(): Promise<void>;
}

/** @param transform gives the code of a source file in place of its own; undefined: as it is. */
export async function openSuite(transform: (file: string) => string | undefined): Promise<Suite> {
  process.env['ATLAS_PROPERTY_RUNS'] = PROPERTY_RUNS;
  const plugin = {
    name: 'atlas-mutants',
    enforce: 'pre' as const,
    transform: (_code: string, id: string) => transform(id.split('?')[0] ?? id),
  };
  const vitest = await createVitest(
    'test',
    {
      ...{ root: ROOT, config: false, watch: false, include: SPECS, reporters: [{}] },
      ...{ maxWorkers: 1, fileParallelism: false, pool: 'threads', testTimeout: 20_000, silent: true },
    },
    { plugins: [plugin] },
  );
  const all = await vitest.globTestSpecifications();
  const ordered = SPECS.flatMap((name) => all.filter(({ moduleId }) => moduleId.endsWith(name)));
  return {
    killerOf: (mutant) => killerOf(vitest, ordered, mutant),
    close: () => vitest.close(),
  };
}

async function killerOf(
  vitest: Vitest,
  specs: readonly TestSpecification[],
  mutant: number,
): Promise<string | undefined> {
  process.env['ATLAS_MUTANT'] = String(mutant);
  for (const spec of specs) {
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications([spec]);
    vitest.state.clearErrors();
    // Vitest shows every file that ever ran, with its last result.
    for (const module of testModules.filter(({ moduleId }) => moduleId === spec.moduleId)) {
      for (const test of module.children.allTests('failed')) return test.fullName;
      if (module.state() === 'failed') return `${module.relativeModuleId} does not load`;
    }
    if (unhandledErrors.length > 0) return 'unhandled error';
  }
  return undefined;
}
