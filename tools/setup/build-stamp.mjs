/** Whether `dist/` was built from the sources as they are now. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const SOURCES = ['apps', 'libs', 'tools', 'load'];
const FILES = ['package-lock.json', 'tsconfig.base.json'];
const SKIPPED = new Set(['node_modules', 'dist', 'test', 'traces', 'coverage']);

/** Every source file, sorted by path. @returns {Promise<string[]>} */
async function sources(folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : sources(path);
      return entry.isFile() ? [path] : [];
    }),
  );
  return found.flat();
}

/**
 * A hash over all inputs of the build. They are read one after another: opened at once they are more than some systems let a
 * process open, and what cannot be opened would count as empty.
 * @returns {Promise<string>}
 */
export async function buildInputs(root) {
  const lists = await Promise.all(SOURCES.map((name) => sources(join(root, name)).catch(() => [])));
  const paths = [...lists.flat(), ...FILES.map((name) => join(root, name))].sort();
  const hash = createHash('sha256');
  for (const path of paths) {
    const text = await readFile(path).catch(() => Buffer.of());
    hash.update(path.slice(root.length)).update('\0').update(text).update('\0');
  }
  return hash.digest('hex');
}

const stampFile = (root) => join(root, 'dist/.inputs');

/** @returns {Promise<boolean>} */
export async function isBuilt(root, inputs) {
  const stamp = await readFile(stampFile(root), 'utf8').catch(() => '');
  return stamp === inputs && existsSync(join(root, 'dist/build.json'));
}

/** To be written after a complete build, with the inputs as they were before it. */
export const markBuilt = (root, inputs) => writeFile(stampFile(root), inputs);
