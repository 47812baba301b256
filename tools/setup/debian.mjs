import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Installs Debian packages, as root on Debian only; elsewhere, and when it fails, it changes nothing and says why.
 * @param {string} why one line for people: what is installed, and how much that is
 * @param {...string} packages
 */
export async function installDebian(why, ...packages) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  console.log(`installing ${why}`);
  const apt = (...args) =>
    run('apt-get', ['-qq', '-y', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 1e8,
    });
  await apt('update')
    .then(() => apt('install', '--no-install-recommends', ...packages))
    .catch((error) => console.error(String(error)));
}
