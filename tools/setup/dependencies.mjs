/** Whether the installed packages are those of package-lock.json, and bringing them when not. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npm } from './npm.mjs';
import { withProgress } from './say.mjs';

const packagesOf = async (file) => {
  try {
    return JSON.parse(await readFile(file, 'utf8')).packages ?? {};
  } catch {
    return undefined;
  }
};

/** What npm notes at the end of an installation; undefined before. */
export const installedPackages = (folder) => packagesOf(join(folder, 'node_modules/.package-lock.json'));

/**
 * Packages that are optional (those of other platforms) do not count.
 * @returns {Promise<{ installed: boolean, count: number }>} `count` packages are wanted
 */
export async function dependencies(root) {
  const wanted = (await packagesOf(join(root, 'package-lock.json'))) ?? {};
  const names = Object.keys(wanted).filter(
    (name) => name.includes('node_modules/') && !wanted[name].optional,
  );
  const there = await installedPackages(root);
  const same = (name) => there?.[name] !== undefined && there[name].version === wanted[name].version;
  return { installed: there !== undefined && names.every(same), count: names.length };
}

/** Of which a person's npm may leave some out: by `NODE_ENV=production`, or by its own settings. */
const ALL_KINDS = ['--include=dev', '--include=optional'];

/** Installs exactly what package-lock.json says, and all of it: the build needs each kind. */
export async function installDependencies(root, node) {
  await withProgress('installing dependencies', () =>
    npm(['ci', '--prefer-offline', ...ALL_KINDS], { cwd: root, node, what: 'the dependencies' }),
  );
}
