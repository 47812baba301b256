/** A switcher: starts one bundle unless one lives, publishes it and its own control URL. */
import './lifeline.mjs';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isAlive, processStartTime } from '../../src/process-identity.ts';
import { readRunFile, updateRunFile } from '../../src/run-file.ts';
import { readStackFile } from '../../src/stack-file.ts';

const home = process.env['ATLAS_HOME'] ?? '';
const file = await readStackFile(process.env['ATLAS_STACK_FILE'] ?? '');
const app = file.apps[file.bundle];
const server = createServer((_, answer) => answer.end('control'));
const controlPort = Number(process.env['ATLAS_CONTROL_PORT']);
await new Promise<void>((resolve) => server.listen(controlPort, '127.0.0.1', resolve));
const controlUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function bundle(): Promise<{ pid: number; startTime: string }> {
  const row = (await readRunFile(home))?.processes.find((process) => process.app === file.bundle);
  if (row && (await isAlive(row))) return row;
  const child = spawn(process.execPath, [app?.main ?? ''], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 3, 4],
    env: { ...app?.env, ATLAS_INSTANCE: `${file.bundle}-0` },
  });
  return { pid: child.pid ?? 0, startTime: (await processStartTime(child.pid ?? 0)) ?? '' };
}

const { pid, startTime } = await bundle();
await updateRunFile(home, (document) => ({
  ...document,
  controlUrl,
  processes: [
    ...document.processes.filter((row) => row.app !== file.bundle),
    { app: file.bundle, instance: `${file.bundle}-0`, pid, startTime, rpc: '127.0.0.1:1' },
  ],
}));
