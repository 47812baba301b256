/** `npm run check`: format, lint, types and the tests that the uncommitted change (or the last commit) affects. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, runStages, vitest } from './stages.mjs';

/** What git says: of paths with `-z`, so that none is quoted. @throws Error when it is not there, or refuses */
const git = (...args) =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .split('\0')
    .filter(Boolean);
const has = (commit) => {
  try {
    return git('rev-parse', '--verify', commit).length > 0;
  } catch {
    return false;
  }
};

if (process.argv.length > 2) {
  console.error(
    `atlas: npm run check takes no arguments; npm test -- ${process.argv[2]} runs stages by name`,
  );
  process.exit(2);
}
if (!has('HEAD')) {
  console.error(
    'atlas: npm run check looks at what has changed since the last commit, and there is none here; npm test runs everything',
  );
  process.exit(1);
}
const uncommitted = [
  ...git('diff', '--name-only', '-z', 'HEAD'),
  ...git('ls-files', '--others', '--exclude-standard', '-z'),
];
const before = has('HEAD~1') ? 'HEAD~1' : 'HEAD';
const base = uncommitted.length > 0 ? 'HEAD' : before;
const changed = [
  ...new Set(uncommitted.length > 0 ? uncommitted : git('diff', '--name-only', '-z', before)),
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
