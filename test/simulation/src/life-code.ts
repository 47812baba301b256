/** What a life runs, as one hash: lives of other code say nothing about this one. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/**
 * Of the worker and everything that it uses, the project's code and libraries', bundled and minified: comments, names of
 * locals, and code that no life runs, do not count.
 * @returns 16 hexadecimal digits
 */
export async function lifeCode(): Promise<string> {
  const input = join(import.meta.dirname, 'worker.ts');
  const bundle = await rolldown({ input, platform: 'node', logLevel: 'silent' });
  try {
    const { output } = await bundle.generate({ format: 'esm', minify: true, codeSplitting: false });
    return createHash('sha256').update(output[0].code).digest('hex').slice(0, 16);
  } finally {
    await bundle.close();
  }
}
