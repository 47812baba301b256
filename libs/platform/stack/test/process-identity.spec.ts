import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { goneWithin, isAlive, processStartTime, signalProcess } from '../src/process-identity.ts';

let child: ChildProcess;
beforeEach(async () => {
  child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
});
afterEach(() => void child.kill('SIGKILL'));

const identityOf = async ({ pid = 0 }: ChildProcess) => ({
  pid,
  startTime: (await processStartTime(pid)) ?? 'gone',
});

it('signals exactly the process that is meant', async () => {
  const identity = await identityOf(child);
  expect(await signalProcess({ ...identity, startTime: 'earlier' }, 'SIGKILL')).toBe(false);
  expect(await signalProcess(identity, 'SIGKILL')).toBe(true);
  expect(await goneWithin(identity, 5_000)).toBe(true);
  expect(await signalProcess(identity, 'SIGKILL')).toBe(false);
});

it('asks after the look at the process whether it may still signal', async () => {
  const identity = await identityOf(child);
  const order: string[] = [];
  const asked = signalProcess(identity, 'SIGKILL', () => {
    order.push('asked');
    return false;
  });
  order.push('looks');
  expect(await asked).toBe(false);
  expect(order).toEqual(['looks', 'asked']);
  expect(await isAlive(identity)).toBe(true);
});

/**
 * Opens files until none can be opened any more, closes them at the end of the turn after the question, and answers:
 * for itself, and for a process that there is not.
 */
const withoutDescriptors = (platform: string): string => `
  import { closeSync, openSync } from 'node:fs';
  import { processStartTime } from ${JSON.stringify(new URL('../src/process-identity.ts', import.meta.url).href)};
  Object.defineProperty(process, 'platform', { value: ${JSON.stringify(platform)} });
  const open = [];
  try { for (;;) open.push(openSync('/dev/null')); } catch {}
  let answered = false;
  const asked = processStartTime(process.pid).then((start) => { answered = true; return start; });
  setTimeout(() => { if (answered) console.log('too early'); open.forEach((fd) => closeSync(fd)); }, 100);
  console.log(await asked);
  console.log(await processStartTime(2 ** 30));
`;

describe.runIf(process.platform === 'linux')('processStartTime', () => {
  it.each([
    ['linux', /^\w+:\d+\nundefined\n$/],
    ['darwin', /^\w{3} \w{3} \d+ [\d:]+ \d{4}\nundefined\n$/],
  ])('takes no process for dead because no file can be opened (%s)', async (platform, answers) => {
    const limited = ['ulimit -n 64; exec "$@"', 'limited', process.execPath, '--input-type=module', '-e'];
    const program = withoutDescriptors(platform);
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', ...limited, program]);
    expect(stdout).toMatch(answers);
  });
});
