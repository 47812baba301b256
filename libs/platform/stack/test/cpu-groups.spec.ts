import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findCpuGroups } from '../src/cpu-groups.ts';

async function mount(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-groups-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('version 2: the limit and the process are written into a group of its own', async () => {
  const folder = await mount();
  await writeFile(join(folder, 'cgroup.controllers'), 'cpuset cpu io\n');
  await writeFile(join(folder, 'cgroup.subtree_control'), '\n');
  const groups = await findCpuGroups(folder);
  await groups.limit('shop-0-1f', { pid: 4711, cores: 0.35 });
  const said = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  expect(await said('cgroup.subtree_control')).toBe('+cpu');
  expect(await said('atlas-shop-0-1f/cpu.max')).toBe('3500 10000');
  expect(await said('atlas-shop-0-1f/cgroup.procs')).toBe('4711');
});

test('version 1: quota and period; empty groups of a killed stack are struck by the next that looks', async () => {
  const folder = await mount();
  await mkdir(join(folder, 'cpu', 'atlas-shop-9-dead'), { recursive: true });
  await mkdir(join(folder, 'cpu', 'of-others'));
  const groups = await findCpuGroups(folder);
  expect(await readdir(join(folder, 'cpu'))).toEqual(['of-others']);
  await groups.limit('cart-0-2e', { pid: 4712, cores: 1.5 });
  const said = (name: string): Promise<string> =>
    readFile(join(folder, 'cpu', 'atlas-cart-0-2e', name), 'utf8');
  expect(await said('cpu.cfs_period_us')).toBe('10000');
  expect(await said('cpu.cfs_quota_us')).toBe('15000');
});

test('a machine without control groups says so in a sentence', async () => {
  const nowhere = join(await mount(), 'nothing');
  await expect(findCpuGroups(nowhere)).rejects.toThrow(/^CPU time cannot be limited here: .*ENOENT/);
});

const here = await findCpuGroups().catch(() => undefined);

test.runIf(here)('a real process gets no more than its share, and its group goes after it', async () => {
  const groups = here as NonNullable<typeof here>;
  const spin = `
    const [began, before] = [performance.now(), process.cpuUsage()];
    while (performance.now() - began < 1_000);
    const { user, system } = process.cpuUsage(before);
    process.stdout.write(String((user + system) / 1_000));`;
  const child = spawn(process.execPath, [
    '-e',
    `process.stdin.once('data', () => { ${spin} process.exit(); })`,
  ]);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  await groups.limit(`test-${child.pid ?? 0}`, { pid: child.pid ?? 0, cores: 0.2 });
  const ended = once(child, 'exit');
  child.stdin.write('go');
  const [usedMs] = (await once(child.stdout, 'data')) as [Buffer];
  await ended;
  await groups.release(`test-${child.pid ?? 0}`);
  expect(await groups.usedMs(process.pid)).toBeGreaterThan(0);
  expect(await groups.usedMs(child.pid ?? 0)).toBe(0); // it has ended
  expect(Number(usedMs.toString())).toBeLessThan(600); // 200, and without a limit 1,000
});
