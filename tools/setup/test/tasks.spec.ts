import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BUILD, eachTestHasARepository } from './small-repository.ts';

const { at, run } = eachTestHasARepository();

test('a task that stops half-way has not gone well', async () => {
  await writeFile(
    join(at.root, 'tools/setup/build.mjs'),
    `${BUILD}writeFileSync('dist/stack/main.js', 'await new Promise(() => {});');`,
  );
  expect(await run(['start'])).toMatchObject({ code: 13 });
});

test('an unknown task is named, with those that there are', async () => {
  const { code, said } = await run(['strat']);
  expect([code, said.split(';')[0]]).toEqual([1, 'atlas: no task "strat"']);
  const { scripts } = JSON.parse(
    await readFile(join(import.meta.dirname, '../../../package.json'), 'utf8'),
  ) as {
    scripts: Record<string, string>;
  };
  const listed = said.split('there are: ')[1]?.trim().split(', ');
  expect(listed).toEqual(expect.arrayContaining(Object.keys(scripts)));
});

test('a stage that is not there is named, with those that there are, and tests nothing', async () => {
  await run(['build']);
  const { code, out, said } = await run(['test', 'unti']);
  expect([code, out]).toEqual([2, '']);
  expect(said).toMatch(/^atlas: no stage has "unti" in its name; there are: .*unit, property, conformance/m);
});

test('help on a task brings nothing for it', async () => {
  const { code, out, said } = await run(['policies', '--help'], { PATH: at.root });
  expect([code, out.split('\n')[0]]).toEqual([0, 'usage: npm run policies [-- --check]']);
  expect(said).not.toContain('OPA');
});
