/**
 * Runs a command outside this process's tree. Nx ends a task from the leaves of its tree up: it would take Postgres and
 * the acquirer away under their supervisor, who alone knows the order in which they may end.
 */
import { spawn } from 'node:child_process';

/** The subshell outlives the shell, so that it and the command have no parent here; it tells the exit code. */
const APART = '( "$@"; echo $? >&4 ) &';

/**
 * Runs a script on that Node to its end. A signal, or the end of this process, ends its lifeline (descriptor 3).
 * @returns {Promise<number>} its exit code
 */
export function runApart(node, args, env) {
  return new Promise((resolve, reject) => {
    const shell = spawn('/bin/sh', ['-c', APART, 'atlas', node, ...args], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'],
      env: { ...env, ATLAS_LIFELINE_FD: '3' },
      detached: true,
    });
    const [lifeline, told] = shell.stdio.slice(3);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => lifeline.destroy());
    lifeline.on('error', () => undefined);
    shell.once('error', reject);
    let said = '';
    told.on('data', (chunk) => (said += chunk));
    told.once('close', () => resolve(said === '' ? 1 : Number(said)));
  });
}
