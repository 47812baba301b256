/** `npx nx run-many -t serve` as developers start it. */
import { appEnvironment, repositoryRoot } from '@atlas/platform-stack';
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { running, type Running } from './command-line.ts';

const root = repositoryRoot();

/** Serves everything with state in `home`; `interrupt` is Ctrl-C at its terminal: the whole group gets the signal. */
export function startNxServe(home: string, ...args: readonly string[]): Running {
  const nx = spawn(
    process.execPath,
    [join(root, 'node_modules/.bin/nx'), 'run-many', '-t', 'serve', ...args],
    {
      cwd: root,
      env: appEnvironment({ ATLAS_HOME: home, NX_TUI: 'false', NX_WORKSPACE_ROOT_PATH: root }),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  );
  return running(nx, () => {
    if (nx.pid === undefined || nx.exitCode !== null || nx.signalCode !== null) return; // its group is gone
    process.kill(-nx.pid, 'SIGINT');
  });
}

/** One part alone, as Nx starts it. */
export function startServe(home: string, folder: string, ...args: readonly string[]): Running {
  const child = spawn(process.execPath, [join(root, 'tools/setup/run.mjs'), 'serve', folder, ...args], {
    cwd: root,
    env: appEnvironment({ ATLAS_HOME: home }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return running(child, () => void child.kill('SIGINT'));
}

/** Saves a source as it is: watchers see a change, the repository has none. */
export async function saveAgain(path: string): Promise<void> {
  const file = join(root, path);
  await writeFile(file, await readFile(file));
}
