import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';

/** As on another system than Linux, where this program is `ps`, until the test ends. @returns the only folder of the PATH */
export async function besideLinux(program: (folder: string) => string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-ps-'));
  await writeFile(join(folder, 'ps'), program(folder), { mode: 0o755 });
  const { platform } = process;
  onTestFinished(async () => {
    Object.defineProperty(process, 'platform', { value: platform });
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
  vi.stubEnv('PATH', folder);
  Object.defineProperty(process, 'platform', { value: 'darwin' });
  return folder;
}
