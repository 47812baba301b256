/** What each npm script needs and runs. */
import { access, constants } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runApart } from './apart.mjs';
import { buildInputs, isBuilt } from './build-stamp.mjs';
import { dependencies, installDependencies } from './dependencies.mjs';
import { bringNode24, findNode24, runOn } from './node24.mjs';
import { watchParent } from './parent-watch.mjs';
import { opaMissing } from './opa.mjs';
import { promtoolMissing } from './promtool.mjs';
import { SetupError, say, withProgress } from './say.mjs';
import { schemathesisMissing } from './schemathesis.mjs';
import { underSetupLock } from './setup-lock.mjs';

const root = join(import.meta.dirname, '../..');
const at = (path) => join(root, path);

/**
 * @typedef {object} Task
 * @property {boolean | ((args: string[]) => boolean)} built whether it needs `dist/`
 * @property {(args: string[]) => boolean} [apart] whether it runs outside this process's tree (`apart.mjs`)
 * @property {(args: string[]) => string[]} command
 * @property {() => Promise<string | undefined>} [missing] brings what else it needs, unless only help is asked for; why
 *   that cannot be had
 */

/** The foundation runs built files; what stands on it builds itself, anew at each change. */
const isFoundation = ([folder]) => folder === 'tools/stack';

/** @type {Record<string, Task>} */
const TASKS = {
  start: { built: true, command: (args) => [at('dist/stack/main.js'), ...args] },
  soak: { built: true, command: (args) => [at('dist/stack/soak.js'), ...args] },
  rest: { built: true, command: (args) => [at('dist/stack/rest.js'), ...args] },
  capacity: { built: true, command: (args) => [at('dist/stack/capacity.js'), ...args] },
  bench: { built: true, command: (args) => [at('tools/bench/src/cli.ts'), ...args] },
  'bench:controllers': {
    built: true,
    command: (args) => [at('tools/bench/src/controllers-cli.ts'), ...args],
  },
  'forecast:evaluate': { built: true, command: (args) => [at('dist/evaluate/main.js'), 'forecast', ...args] },
  'anomaly:evaluate': { built: true, command: (args) => [at('dist/evaluate/main.js'), 'anomaly', ...args] },
  fuzz: {
    built: true,
    command: (args) => [at('dist/stack/fuzz.js'), ...args],
    missing: schemathesisMissing,
  },
  fire: { built: true, command: (args) => [at('test/fire/src/main.ts'), ...args] },
  trials: { built: true, command: (args) => [at('test/trials/src/main.ts'), ...args] },
  picture: { built: true, command: (args) => [at('dist/picture/main.js'), ...args] },
  formal: { built: false, command: (args) => [at('test/formal/check.mjs'), ...args] },
  policies: {
    built: false,
    command: (args) => [at('tools/setup/policies.mjs'), ...args],
    missing: opaMissing,
  },
  alerts: {
    built: false,
    command: (args) => [at('tools/setup/alerts.mjs'), ...args],
    missing: promtoolMissing,
  },
  mutate: { built: false, command: (args) => [at('test/mutation/src/main.ts'), ...args] },
  simulate: { built: false, command: (args) => [at('test/simulation/src/main.ts'), ...args] },
  test: { built: false, command: (args) => [at('tools/setup/test.mjs'), ...args] },
  check: { built: false, command: (args) => [at('tools/setup/check.mjs'), ...args] },
  build: { built: true, command: () => [] },
  serve: {
    built: isFoundation,
    apart: isFoundation,
    command: (args) => [at('tools/stack/src/serve.ts'), ...args],
  },
  format: {
    built: false,
    command: (args) => [
      at('node_modules/prettier/bin/prettier.cjs'),
      '--write',
      '--log-level=warn',
      ...(args.length > 0 ? args : ['.']),
    ],
  },
};

/**
 * Sets up and runs; the process ends with the task's exit code.
 * @param {string | undefined} name
 * @param {string[]} args
 */
export async function runTask(name, args) {
  const task = Object.hasOwn(TASKS, name ?? '') ? TASKS[name] : undefined;
  if (!task) throw new SetupError(`no task "${name ?? ''}"; there are: ${Object.keys(TASKS).join(', ')}`);
  const node = await setUp(typeof task.built === 'function' ? task.built(args) : task.built);
  const lacking = args.includes('--help') ? undefined : await task.missing?.();
  if (lacking !== undefined) throw new SetupError(lacking);
  const command = task.command(args);
  if (command.length === 0) return;
  const env = {
    ...process.env,
    PATH: [dirname(node), at('node_modules/.bin'), process.env.PATH].join(delimiter),
  };
  if (task.apart?.(args)) {
    watchParent(() => process.exit(1));
    process.exitCode = await runApart(node, command, env);
  } else if (node === process.execPath) await runHere(command, env);
  else {
    watchParent(() => process.exit(1)); // the task's lifeline ends with this process
    process.exitCode = await runOn(node, command, env);
  }
}

/** On Node 24 already: in this very process, which saves a second one. */
async function runHere([script, ...args], env) {
  process.env.PATH = env.PATH;
  process.argv = [process.execPath, script, ...args];
  watchParent(() => process.emit('SIGTERM', 'SIGTERM') || process.exit(1));
  await import(pathToFileURL(script).href);
}

/** @returns {Promise<string>} the Node 24 to run on, everything else in place */
async function setUp(built) {
  const [node, { installed, count }] = await Promise.all([findNode24(), dependencies(root)]);
  if (node && installed && (!built || (await isBuilt(root, await buildInputs(root))))) return node;
  await mayWrite();
  const missing = [
    ...(node ? [] : ['Node 24 (about 45 MB)']),
    ...(installed ? [] : [`${count} npm packages (about 130 MB)`]),
  ];
  if (missing.length > 0) say(`this needs to download, once: ${missing.join(' and ')}`);
  return underSetupLock(at('.atlas'), () => bringAll(built));
}

async function mayWrite() {
  await access(root, constants.W_OK).catch(() => {
    throw new SetupError(`no permission to write in ${root}`);
  });
}

/** Under the lock: looks again, since another set-up may have done it meanwhile. */
async function bringAll(built) {
  const node = await bringNode24();
  if (!(await dependencies(root)).installed) await installDependencies(root, node);
  if (!built) return node;
  if (await isBuilt(root, await buildInputs(root))) return node;
  await withProgress('building', async () => {
    const code = await runOn(node, [at('tools/setup/build.mjs')]);
    if (code > 128) throw new SetupError(`the build was interrupted (exit code ${code})`);
    if (code !== 0) throw new SetupError('the build failed (see above)');
  });
  return node;
}
