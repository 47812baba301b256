import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** A small repository with a Vitest that writes the report it is told to in REPORT, and ends as it is told in CODE. */
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'atlas-stages-'));
  await mkdir(join(root, 'tools/setup'), { recursive: true });
  await cp(join(import.meta.dirname, '../stages.mjs'), join(root, 'tools/setup/stages.mjs'));
  await mkdir(join(root, 'bin'));
  await writeFile(join(root, 'bin/vitest'), VITEST, { mode: 0o755 });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const VITEST = `#!/bin/sh
for word; do case "$word" in --outputFile.json=*) [ -z "$REPORT" ] || printf %s "$REPORT" > "\${word#*=}" ;; esac; done
exit $CODE
`;

interface Ran {
  readonly code: unknown;
  /** Of the table, without times. */
  readonly results: readonly string[];
  readonly last: string;
  readonly out: string;
}

/** @param stages the elements of the list, as code */
async function run(stages: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const main = join(root, 'main.mjs');
  const list = stages.join(',\n');
  await writeFile(
    main,
    `import { runStages, vitest } from './tools/setup/stages.mjs';\nprocess.exitCode = await runStages([${list}]);\n`,
  );
  const PATH = [join(root, 'bin'), process.env['PATH']].join(delimiter);
  return new Promise((resolve) => {
    execFile(process.execPath, [main], { env: { PATH, ...env } }, (error, out) => {
      const [, table = ''] = out.split('\nstages\n');
      const results = table.split('\n\n')[0]?.split('\n') ?? [];
      resolve({
        code: error === null ? 0 : error.code,
        results: results.map((line) => line.trim().replace(/ +(\d+\.\d s)? +/, ': ')),
        last: out.trim().split('\n').at(-1) ?? '',
        out,
      });
    });
  });
}

const plain = (name: string, script: string, more = ''): string =>
  `{ name: '${name}', command: ['sh', '-c', '${script}']${more} }`;
const tests = (name: string, code: number, written: string | object = ''): string => {
  const text = typeof written === 'string' ? written : JSON.stringify(written);
  return `{ name: '${name}', ...vitest('${name}'), env: { CODE: '${code}', REPORT: ${JSON.stringify(text)} } }`;
};
const report = (passed: number, failed: number, suites = 0, testResults: readonly object[] = []): object => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numFailedTestSuites: suites,
  testResults,
});

test('what went well counts as one, or as the tests that its report has', async () => {
  const ran = await run([plain('types', 'exit 0'), tests('unit', 0, report(7, 0))]);
  expect(ran).toMatchObject({ code: 0, last: '8 passed, 0 failed' });
  expect(ran.results).toEqual(['types: 1 passed', 'unit: 7 passed']);
});

test('whatever a stage fails of is counted and ends the run with 1', async () => {
  const failure = { status: 'failed', fullName: 'a sum adds up', failureMessages: ['expected 5\n at x'] };
  const failed = { name: join(root, 'sum.spec.ts'), message: '', assertionResults: [failure] };
  const unread = { name: join(root, 'torn.spec.ts'), message: 'Unexpected token\n', assertionResults: [] };
  const ran = await run([
    plain('exit code', 'exit 3'),
    plain('signal', 'kill -9 $$'),
    `{ name: 'no program', command: ['atlas-is-not-there'] }`,
    tests('tests', 1, report(4, 1, 1, [failed])),
    tests('files', 1, report(4, 0, 2, [unread])),
    tests('errors beside', 1, report(4, 0)),
    tests('no report', 0),
    tests('torn report', 0, '{"numPassedTests":7,'),
    plain('goes on', 'exit 0'),
  ]);
  expect(ran.results).toEqual([
    'exit code: 0 passed, 1 FAILED',
    'signal: 0 passed, 1 FAILED',
    'no program: 0 passed, 1 FAILED',
    'tests: 4 passed, 1 FAILED',
    'files: 4 passed, 2 FAILED',
    'errors beside: 4 passed, 1 FAILED',
    'no report: 0 passed, 1 FAILED',
    'torn report: 0 passed, 1 FAILED',
    'goes on: 1 passed',
  ]);
  expect(ran).toMatchObject({ code: 1, last: '13 passed, 9 failed' });
  expect(ran.out).toContain('  tests: sum.spec.ts: a sum adds up: expected 5\n');
  expect(ran.out).toContain('  files: torn.spec.ts: Unexpected token\n');
  expect(ran.out).toContain('  torn report: it has left no report that can be read\n');
});

test('what the machine lacks is not run, which is a failure in CI unless the stage says otherwise', async () => {
  const lacks = `, missing: () => 'no spin; install it'`;
  const needed = plain('model', 'exit 0', lacks);
  const optional = plain('fuzz', 'exit 0', `${lacks}, optionalInCi: true`);
  const home = await run([needed, optional]);
  expect(home).toMatchObject({ code: 0, last: '0 passed, 0 failed' });
  expect(home.results).toEqual(['model: not run: no spin; install it', 'fuzz: not run: no spin; install it']);
  expect(await run([optional], { CI: '1' })).toMatchObject({ code: 0, last: '0 passed, 0 failed' });
  expect(await run([needed], { CI: '1' })).toMatchObject({ code: 1, last: '0 passed, 1 failed' });
});

test('of lanes side by side each keeps its order, and one that fails holds no other up', async () => {
  const lanes = `[[${plain('a1', 'exit 1')}, ${plain('a2', 'exit 0')}], [${plain('b1', 'echo said by b1')}]]`;
  const ran = await run([lanes]);
  expect(ran.results).toEqual(['a1: 0 passed, 1 FAILED', 'a2: 1 passed', 'b1: 1 passed']);
  expect(ran).toMatchObject({ code: 1, last: '2 passed, 1 failed' });
  expect(ran.out).toMatch(/── b1 ─+\nsaid by b1\n/);
});
