/** `npm run check`: format, lint, types and the tests that the uncommitted change (or the last commit) affects. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, runStages, vitest } from './stages.mjs';

const git = (...args) =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
const uncommitted = [
  ...git('diff', '--name-only', 'HEAD'),
  ...git('ls-files', '--others', '--exclude-standard'),
];
const base = uncommitted.length > 0 ? 'HEAD' : 'HEAD~1';
const changed = [
  ...new Set(uncommitted.length > 0 ? uncommitted : git('diff', '--name-only', 'HEAD~1')),
].filter((file) => existsSync(join(root, file)));
const code = changed.filter((file) => /\.(ts|tsx|mjs)$/.test(file));
const nothing = (files) => () => (files.length === 0 ? 'nothing changed' : undefined);

process.exitCode = await runStages([
  {
    name: 'format',
    command: ['prettier', '--check', '--ignore-unknown', '--log-level', 'warn', ...changed],
    missing: nothing(changed),
  },
  {
    name: 'project graph',
    command: ['nx', 'graph', '--file=.atlas/test/graph.json'],
    env: { NX_DAEMON: 'false' },
  },
  {
    name: 'lint and boundaries',
    command: ['eslint', '--no-warn-ignored', ...code],
    env: { NX_DAEMON: 'false' },
    missing: nothing(code),
  },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'types of the storefront', command: ['tsc', '-p', 'apps/storefront'] },
  { name: 'affected tests', ...vitest('affected', '--changed', base, '--passWithNoTests') },
]);
