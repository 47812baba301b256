/**
 * A start without network, once everything is set up: `npm start -- --idle` in a network namespace that has nothing but
 * loopback comes up and ends at Ctrl-C. Needs the right to make a namespace (root on Linux): `mayUnshare` says.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './stages.mjs';

const LIMIT_MS = 120_000;
/** What the namespace may reach is shown, so that nobody takes a network for none. */
const INSIDE = 'ip link set lo up && ip -brief link && ip route && exec npm start -- --idle --port 0';

/** @returns {string | undefined} what the machine lacks */
export function mayUnshare() {
  const { status } = spawnSync('unshare', ['-n', 'sh', '-c', 'ip link set lo up'], { stdio: 'ignore' });
  return status === 0 ? undefined : 'a namespace without network needs Linux, root and iproute2';
}

async function main() {
  const home = await mkdtemp(join(tmpdir(), 'atlas-offline-'));
  const child = spawn('unshare', ['-n', 'sh', '-c', INSIDE], {
    cwd: root,
    env: { ...process.env, ATLAS_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const end = (signal) =>
    child.exitCode === null && child.signalCode === null && process.kill(-child.pid, signal);
  let interrupted = false;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(name, () => {
      interrupted = true;
      end('SIGINT'); // a group of its own gets no Ctrl-C
    });
  const timer = setTimeout(() => end('SIGKILL'), LIMIT_MS);
  let said = '';
  let up = false;
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    said += chunk;
    if (up || !/stays up/.test(said)) return;
    up = true;
    end('SIGINT');
  });
  const [code, signal] = await new Promise((resolve) => child.once('close', (...how) => resolve(how)));
  clearTimeout(timer);
  await rm(home, { recursive: true, force: true });
  if (interrupted) return 130;
  const inOrder = [0, 130].includes(code) || signal === 'SIGINT'; // npm itself reports Ctrl-C
  if (!up) console.error('the shop did not come up without network');
  else if (!inOrder) console.error(`Ctrl-C: ended with ${signal ?? code}`);
  return up && inOrder ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) process.exitCode = await main();
