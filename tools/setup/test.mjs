/** `npm test`: everything that CI runs. `npm test -- NAME…` runs the stages whose names contain one of the words. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installDebian } from './debian.mjs';
import { schemathesisMissing } from './schemathesis.mjs';
import { mayUnshare } from './offline.mjs';
import { opaMissing, opaNotThere } from './opa.mjs';
import { promtoolMissing, promtoolNotThere } from './promtool.mjs';
import { runStages, vitest } from './stages.mjs';

const PROGRAMS = (process.env.PATH ?? '').split(delimiter);
const CHROMIUMS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Finds a browser; as root on Debian it installs one. Sets ATLAS_CHROMIUM for the tests. */
async function chromium() {
  const find = () => [process.env.ATLAS_CHROMIUM, ...CHROMIUMS].find((path) => path && existsSync(path));
  if (!find()) await installDebian('Chromium (Debian package, about 100 MB)', 'chromium');
  const found = find();
  if (!found) return 'no Chromium; install it, or set ATLAS_CHROMIUM to its path';
  process.env.ATLAS_CHROMIUM = found;
  return undefined;
}

/** Finds SPIN and a C compiler, which it needs; as root on Debian it installs them. */
async function spin() {
  const lacks = () =>
    ['spin', 'gcc'].filter((tool) => !PROGRAMS.some((folder) => existsSync(join(folder, tool))));
  if (lacks().length > 0)
    await installDebian('SPIN (Debian package, about 1 MB)', 'spin', 'gcc', 'libc6-dev');
  return lacks().length > 0 ? `no ${lacks().join(' and no ')}; install it` : undefined;
}

/** @type {(import('./stages.mjs').Stage | import('./stages.mjs').Lanes)[]} */
const stages = [
  {
    name: 'project graph',
    command: ['nx', 'graph', '--file=.atlas/test/graph.json'],
    env: { NX_DAEMON: 'false' },
  },
  [
    [
      {
        name: 'lint and boundaries',
        command: ['eslint', '--cache', '--cache-location', 'node_modules/.cache/eslint/', '.'],
        env: { NX_DAEMON: 'false' },
      },
    ],
    [
      { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
      {
        name: 'import cycles',
        command: [
          'depcruise',
          '--config',
          '.dependency-cruiser.cjs',
          'apps',
          'libs',
          'tools',
          'load',
          'test',
        ],
      },
      { name: 'types', command: ['tsc', '-p', '.'] },
      { name: 'types of the storefront', command: ['tsc', '-p', 'apps/storefront'] },
      { name: 'build', command: ['node', 'tools/setup/build.mjs'] },
    ],
  ],
  { name: 'unit, property, conformance', ...vitest('unit', '--coverage') },
  {
    name: 'simulation of the protocol',
    command: ['node', 'test/simulation/src/main.ts', '--schedules', '2000'],
  },
  {
    name: 'planted bugs are found',
    command: ['node', 'test/simulation/src/main.ts', '--planted'],
  },
  {
    name: 'formal model of the protocol',
    command: ['node', 'test/formal/check.mjs'],
    missing: spin,
  },
  {
    name: 'guardrails, rebuilt',
    command: ['node', 'tools/setup/policies.mjs', '--check'],
    missing: process.env.CI ? opaMissing : opaNotThere,
    optionalInCi: true, // the unit tests know from its hash whether the Wasm is of this policy
  },
  {
    name: 'alert rules',
    command: ['node', 'tools/setup/alerts.mjs'],
    missing: process.env.CI ? promtoolMissing : promtoolNotThere,
    optionalInCi: true, // the unit tests know that every metric of a rule exists
  },
  { name: 'end to end', ...vitest('e2e', '--config', 'test/vitest.e2e.config.ts') },
  {
    name: 'storefront in a browser',
    ...vitest('browser', '--config', 'test/vitest.browser.config.ts'),
    missing: chromium,
  },
  {
    name: 'short soak',
    command: [
      'node',
      'dist/stack/soak.js',
      '--switches',
      '12',
      '--minutes',
      '1',
      '--report',
      '.atlas/test/soak.json',
    ],
  },
  {
    name: 'fire matrix, a sample',
    command: ['node', 'test/fire/src/main.ts', '--cells', '16', '--minutes', '2', '--seed', '1'],
  },
  {
    name: 'API fuzz',
    command: ['node', 'dist/stack/fuzz.js'],
    missing: schemathesisMissing,
    optionalInCi: true, // a machine without Python runs all the rest
  },
  {
    name: 'start without network',
    command: ['node', 'tools/setup/offline.mjs'],
    missing: mayUnshare,
    optionalInCi: true,
  },
  { name: 'commands of the README', command: ['node', 'tools/setup/docs-commands.mjs'] },
];

const words = process.argv.slice(2);
const names = stages.flat(2).map(({ name }) => name);
const stray = words.find((word) => !names.some((name) => name.includes(word)));
if (stray !== undefined) {
  console.error(`atlas: no stage has "${stray}" in its name; there are: ${names.join(', ')}`);
  process.exit(2);
}
const wanted = ({ name }) => words.length === 0 || words.some((word) => name.includes(word));
process.exitCode = await runStages(
  stages
    .map((item) => (Array.isArray(item) ? item.map((lane) => lane.filter(wanted)) : item))
    .filter((item) => (Array.isArray(item) ? item.flat().length > 0 : wanted(item))),
);
