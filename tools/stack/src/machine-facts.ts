/** What a measured number must be read with. */
import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';
import type { Report } from './report-schema.ts';

const run = promisify(execFile);

export const machineFacts = (): Report['machine'] => ({
  os: `${type()} ${release()}`,
  arch: arch(),
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryMb: Math.round(totalmem() / 2 ** 20),
  node: process.versions.node,
});

/** `statfs` names a folder in memory so. */
const TMPFS = 0x01021994;

/** Whether a folder is on a disk or in memory, where no disk's stalls are measured. */
export const stateIn = async (folder: string): Promise<'memory' | 'disk'> =>
  (await statfs(folder)).type === TMPFS ? 'memory' : 'disk';

/** The checked-out commit, with "+" when files differ from it; null without git. */
export async function commitOf(root: string): Promise<string | null> {
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', args, { cwd: root })).stdout.trim();
  try {
    const [commit, changes] = [await git('rev-parse', 'HEAD'), await git('status', '--porcelain')];
    return changes === '' ? commit : `${commit}+`;
  } catch {
    return null;
  }
}
