import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { BUILD, eachTestHasARepository, type Ran } from './small-repository.ts';

const { at, run, last, lines } = eachTestHasARepository();

/** As far as an installation takes it: one that lasts as long as it is told to, and tells which process it is. */
const PYTHON = `#!/bin/sh
case "$2" in
  venv) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
  pip) echo $$ >> pip.began; exec sleep "$PIP_S" ;;
esac
`;

/** With that Python, and a build that has what is run. */
async function fuzz(pipS: number): Promise<Ran> {
  await mkdir(join(at.root, 'bin'), { recursive: true });
  await writeFile(join(at.root, 'bin/python3'), PYTHON, { mode: 0o755 });
  await writeFile(
    join(at.root, 'tools/setup/build.mjs'),
    `${BUILD}writeFileSync('dist/stack/fuzz.js', 'console.log("fuzzed")');`,
  );
  const PATH = [join(at.root, 'bin'), process.env['PATH']].join(delimiter);
  return run(['fuzz'], { PATH, PIP_S: String(pipS) });
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s during an installation ends pip, too', async (signal) => {
  const ran = fuzz(15);
  const began = () => readFile(join(at.root, 'pip.began'), 'utf8');
  await vi.waitFor(async () => expect(await began()).toMatch(/\n$/), 10_000);
  last()?.kill(signal);
  expect(await ran).toMatchObject({ code: signal, out: '' });
  const pip = Number(await began());
  await vi.waitFor(() => expect(() => process.kill(pip, 0)).toThrow('ESRCH'));
});

test('two that need the same Python packages at once install them once', async () => {
  const ran = await Promise.all([fuzz(0.5), fuzz(0.5)]);
  expect(ran).toMatchObject(Array(2).fill({ code: 0, out: 'fuzzed\n' }));
  expect(await lines('pip.began')).toBe(1);
});
