/** What mutants are tried on, as one hash: mutants of other code say nothing about this one. */
import { createHash } from 'node:crypto';
import { rolldown } from 'rolldown';

/**
 * Of the mutated sources, and of the tests with everything that they use, the project's code and libraries', bundled and
 * minified: comments of tests, and what no test uses, do not count. Vitest does not, either.
 * @returns 16 hexadecimal digits
 */
export async function suiteCode(mutated: Iterable<string>, specs: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const code of mutated) hash.update(code);
  for (const spec of specs) hash.update(await bundled(spec));
  return hash.digest('hex').slice(0, 16);
}

async function bundled(input: string): Promise<string> {
  const bundle = await rolldown({ input, platform: 'node', external: ['vitest'], logLevel: 'silent' });
  try {
    const { output } = await bundle.generate({ format: 'esm', minify: true, codeSplitting: false });
    return output[0].code;
  } finally {
    await bundle.close();
  }
}
