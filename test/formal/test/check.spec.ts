import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const CHECK = join(import.meta.dirname, '../check.mjs');

/** Stand-ins for SPIN and the compiler: what they make checks for ever, and tells its process in `$CHECKERS`. */
const SPIN = '#!/bin/sh\n: > pan.c\n';
const GCC = `#!/bin/sh
printf '#!/bin/sh\\n: > "$CHECKERS/$$"\\nexec sleep 600\\n' > pan
chmod +x pan
`;

const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('interrupted, the runs of the model end with their checkers, and leave no folder behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-check-'));
  const [bin, checkers, temporary] = ['bin', 'checkers', 'tmp'].map((name) => join(folder, name));
  if (!bin || !checkers || !temporary) throw new Error('three folders expected');
  for (const each of [bin, checkers, temporary]) await mkdir(each);
  await writeFile(join(bin, 'spin'), SPIN, { mode: 0o755 });
  await writeFile(join(bin, 'gcc'), GCC, { mode: 0o755 });
  const pids = async (): Promise<number[]> => (await readdir(checkers)).map(Number);
  const PATH = [bin, process.env['PATH']].join(delimiter);
  const check = spawn(process.execPath, [CHECK], {
    env: { PATH, CHECKERS: checkers, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(check, 'exit');
  let said = '';
  check.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  onTestFinished(async () => {
    check.kill('SIGKILL');
    for (const pid of (await pids()).filter(lives)) process.kill(pid, 'SIGKILL');
    await rm(folder, { recursive: true });
  });
  await expect.poll(pids).toHaveLength(2);
  check.kill('SIGTERM');
  expect(await ended).toEqual([130, null]);
  expect(await readdir(temporary)).toEqual([]);
  await expect.poll(async () => (await pids()).filter(lives)).toEqual([]);
  expect(said).toBe('');
});
