import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Script } from 'node:vm';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

/** A small repository with this set-up, an npm that only pretends, and a build that counts its runs. */
let root: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'atlas-set-up-'));
  const here = join(import.meta.dirname, '..');
  await cp(here, join(root, 'tools/setup'), {
    recursive: true,
    filter: (path) => path !== import.meta.dirname,
  });
  await mkdir(join(root, 'apps/shop/src'), { recursive: true });
  await writeFile(join(root, 'apps/shop/src/main.ts'), 'export {};');
  await lock('1.0.0');
  await writeFile(join(root, 'npm-cli.js'), NPM);
  await writeFile(join(root, 'tools/setup/build.mjs'), BUILD);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(root, { recursive: true, force: true });
});

const lock = (version: string): Promise<void> =>
  writeFile(
    join(root, 'package-lock.json'),
    JSON.stringify({
      packages: {
        '': {},
        'node_modules/left': { version, dev: true },
        'node_modules/mac': { version: '1', optional: true },
      },
    }),
  );

/** Of the task that is started: it stays, and knows no signals. */
const STAYS = `console.log("started"); setTimeout(() => process.exit(3), 15_000);`;
/** A build that lasts until there is a file \`go\`. */
const LASTS = `
import { existsSync } from 'node:fs';
console.log('building');
for (const until = Date.now() + 15_000; !existsSync('go') && Date.now() < until;)
  await new Promise((later) => setTimeout(later, 20));
`;

/**
 * Installs by writing npm's own note, without what NODE_ENV leaves out, a Node by a link to the running one; fails as it is
 * told in FAKE_NPM, and takes as long as somebody lets it in LASTING_NPM.
 */
const NPM = `
const fs = require('node:fs');
fs.appendFileSync('npm.log', process.argv.slice(2, 4).join(' ') + '\\n');
const [name, version] = process.argv.find((arg) => arg.startsWith('node-'))?.split('@') ?? [];
if (name) {
  fs.mkdirSync('node_modules/' + name + '/bin', { recursive: true });
  fs.symlinkSync(process.execPath, 'node_modules/' + name + '/bin/node');
  const packages = { ['node_modules/' + name]: { version } };
  fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));
  process.exit();
}
if (process.env.LASTING_NPM) {
  setTimeout(() => process.exit(3), 15_000);
  process.on('SIGTERM', () => { fs.writeFileSync('npm.ended', ''); process.exit(1); });
  fs.writeFileSync('npm.began', '');
  return;
}
if (process.env.FAKE_NPM) { console.error('npm error code ' + process.env.FAKE_NPM); process.exit(1); }
const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
delete packages['node_modules/mac'];
const omit = process.env.NODE_ENV === 'production' && !process.argv.includes('--include=dev');
if (omit) for (const name of Object.keys(packages)) if (packages[name].dev) delete packages[name];
fs.mkdirSync('node_modules', { recursive: true });
setTimeout(() => fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages })), 200);
`;
const BUILD = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { buildInputs, markBuilt } from './build-stamp.mjs';
const root = process.cwd();
const inputs = await buildInputs(root);
mkdirSync('dist/stack', { recursive: true });
writeFileSync('dist/stack/main.js', 'console.log("started", process.argv.slice(2).join(" "))');
writeFileSync('dist/build.json', '{}');
appendFileSync('build.log', 'built\\n');
await markBuilt(root, inputs);
`;

interface Ran {
  /** Exit code, or the signal that ended it. */
  readonly code: number | string | null;
  readonly out: string;
  readonly said: string;
}

function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  return ranBy(
    spawn(process.execPath, [join(root, 'tools/setup/run.mjs'), ...args], {
      cwd: root,
      env: { PATH: process.env['PATH'], npm_execpath: join(root, 'npm-cli.js'), ...env },
    }),
  );
}

/** To its end: when nobody holds its output any more. */
function ranBy(child: ChildProcessWithoutNullStreams): Promise<Ran> {
  children.push(child);
  return new Promise((resolve) => {
    let [out, said] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('close', (code, signal) => resolve({ code: code ?? signal, out, said }));
  });
}

/** Resolves to the process that was started last, once it has said this. */
async function saying(text: string): Promise<ChildProcess> {
  const child = children.at(-1);
  if (!child?.stdout) throw new Error('nothing was started');
  for (let out = ''; !out.includes(text);) out += String((await once(child.stdout, 'data'))[0]);
  return child;
}

const lines = async (file: string): Promise<number> =>
  (await readFile(join(root, file), 'utf8').catch(() => '')).split('\n').length - 1;

test('the first start says what it downloads, installs, builds and runs; the second only runs', async () => {
  const first = await run(['start', '--once', '--port', '0']);
  expect(first).toMatchObject({ code: 0, out: 'started --once --port 0\n' });
  expect(first.said).toMatch(/^atlas: this needs to download, once: 1 npm packages \(about \d+ MB\)/);
  expect(first.said).toMatch(/installing dependencies: done/);
  expect(await run(['start'], { FAKE_NPM: 'ENOTFOUND' })).toEqual({ code: 0, out: 'started \n', said: '' });
  expect([await lines('npm.log'), await lines('build.log')]).toEqual([1, 1]);
});

test('a changed package-lock.json installs anew, a changed source builds anew', async () => {
  await run(['build']);
  await lock('1.0.1');
  await run(['build']);
  expect([await lines('npm.log'), await lines('build.log')]).toEqual([2, 2]);
  await writeFile(join(root, 'apps/shop/src/main.ts'), 'export const changed = 1;');
  await run(['build']);
  expect([await lines('npm.log'), await lines('build.log')]).toEqual([2, 3]);
});

test('what is for development is installed also where NODE_ENV says production', async () => {
  const env = { NODE_ENV: 'production' };
  expect(await run(['start'], env)).toMatchObject({ code: 0 });
  expect((await run(['start'], env)).said).toBe('');
});

test('where a process may open few files, all sources count', async () => {
  const sources = Array.from({ length: 300 }, (_, i) => join(root, `apps/shop/src/part-${i}.ts`));
  await Promise.all(sources.map((file) => writeFile(file, 'export {};')));
  const command = `ulimit -n 128; exec "${process.execPath}" tools/setup/run.mjs build`;
  const env = { PATH: process.env['PATH'], npm_execpath: join(root, 'npm-cli.js') };
  expect(await ranBy(spawn('/bin/sh', ['-c', command], { cwd: root, env }))).toMatchObject({ code: 0 });
  expect(await run(['build'])).toMatchObject({ code: 0 });
  expect(await lines('build.log')).toBe(1);
});

test('of two starts at once one sets up and the other waits for it', async () => {
  const both = await Promise.all([run(['start']), run(['start'])]);
  expect(both.map(({ code, out }) => [code, out])).toEqual([
    [0, 'started \n'],
    [0, 'started \n'],
  ]);
  expect([await lines('npm.log'), await lines('build.log')]).toEqual([1, 1]);
});

test('the lock of a set-up that was killed does not hold up the next one', async () => {
  await mkdir(join(root, '.atlas'));
  const path = join(root, '.atlas/setup.lock');
  await writeFile(path, String(process.pid));
  const long = new Date(Date.now() - 60_000);
  await utimes(path, long, long);
  expect(await run(['build'])).toMatchObject({ code: 0 });
});

test('a stale lock is taken away; the one that somebody else has made in its place is not', async () => {
  const module: string = join(root, 'tools/setup/setup-lock.mjs');
  const { removeStale } = (await import(module)) as { removeStale: (path: string) => Promise<void> };
  const path = join(root, 'setup.lock');
  await writeFile(path, String(process.pid));
  await removeStale(path);
  expect(await readFile(path, 'utf8')).toBe(String(process.pid));
  const long = new Date(Date.now() - 60_000);
  await utimes(path, long, long);
  await removeStale(path);
  expect((await readdir(root)).filter((name) => name.startsWith('setup.lock'))).toEqual([]);
});

test('whoever has lost the lock in a long sleep leaves it to the one that has it now', async () => {
  const module: string = join(root, 'tools/setup/setup-lock.mjs');
  const { underSetupLock } = (await import(module)) as {
    underSetupLock: (folder: string, work: () => Promise<void>) => Promise<void>;
  };
  const path = join(root, 'setup.lock');
  await underSetupLock(root, () => writeFile(path, String(process.ppid)));
  expect(await readFile(path, 'utf8')).toBe(String(process.ppid));
  await rm(path);
  await underSetupLock(root, () => Promise.resolve());
  expect(await readdir(root)).not.toContain('setup.lock');
});

test.each([
  ['ENOTFOUND', /^atlas: no network: the dependencies could not be downloaded; try again online$/m],
  ['EACCES', /^atlas: no permission to write in .* \(needed for the dependencies\)$/m],
  ['ENOSPC', /^atlas: the disk is full: the dependencies could not be stored in .*$/m],
])('%s of npm becomes one line', async (code, line) => {
  const ran = await run(['start'], { FAKE_NPM: code });
  expect(ran.code).toBe(1);
  expect(ran.said).toMatch(line);
  expect(ran.said).not.toMatch(/ at .*\.mjs/);
});

test('a machine without npm is told so', async () => {
  const ran = await run(['start'], { npm_execpath: '', PATH: root });
  expect(ran).toMatchObject({ code: 1 });
  expect(ran.said).toMatch(/npm is not on the PATH; install Node.js with npm/);
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s during an installation ends npm, too', async (signal) => {
  const ran = run(['start'], { LASTING_NPM: '1' });
  await vi.waitFor(() => readFile(join(root, 'npm.began')), 10_000);
  children.at(-1)?.kill(signal);
  expect(await ran).toMatchObject({ code: 1, out: '' }); // nothing is started
  expect((await ran).said).toMatch(/^atlas: interrupted: the dependencies could not be brought$/m);
  expect(await readFile(join(root, 'npm.ended'), 'utf8')).toBe('');
});

/** As far as an installation takes it: one that lasts as long as it is told to, and tells which process it is. */
const PYTHON = `#!/bin/sh
case "$2" in
  venv) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
  pip) echo $$ >> pip.began; exec sleep "$PIP_S" ;;
esac
`;

/** With that Python, and a build that has what is run. */
async function fuzz(pipS: number): Promise<Ran> {
  await mkdir(join(root, 'bin'), { recursive: true });
  await writeFile(join(root, 'bin/python3'), PYTHON, { mode: 0o755 });
  await writeFile(
    join(root, 'tools/setup/build.mjs'),
    `${BUILD}writeFileSync('dist/stack/fuzz.js', 'console.log("fuzzed")');`,
  );
  const PATH = [join(root, 'bin'), process.env['PATH']].join(delimiter);
  return run(['fuzz'], { PATH, PIP_S: String(pipS) });
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s during an installation ends pip, too', async (signal) => {
  const ran = fuzz(15);
  const began = () => readFile(join(root, 'pip.began'), 'utf8');
  await vi.waitFor(async () => expect(await began()).toMatch(/\n$/), 10_000);
  children.at(-1)?.kill(signal);
  expect(await ran).toMatchObject({ code: signal, out: '' });
  const pip = Number(await began());
  await vi.waitFor(() => expect(() => process.kill(pip, 0)).toThrow('ESRCH'));
});

test('two that need the same Python packages at once install them once', async () => {
  const ran = await Promise.all([fuzz(0.5), fuzz(0.5)]);
  expect(ran).toMatchObject(Array(2).fill({ code: 0, out: 'fuzzed\n' }));
  expect(await lines('pip.began')).toBe(1);
});

test('a Node that is too old reads the entry, to be told so', async () => {
  // A script of before 2019 knows `import()` and no `await` outside of functions, as Node 12 does.
  const text = await readFile(join(root, 'tools/setup/run.mjs'), 'utf8');
  expect(() => new Script(text)).not.toThrow();
});

/** Has the process, and those that it starts, believe that this Node is a newer one than 20, and older than 24. */
const OLDER = `--import=data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.1.0' } });",
)}`;

test('a Node 24 that npm was killed over is brought again', async () => {
  const copy = join(root, '.atlas/node/node_modules', `node-${process.platform}-${process.arch}`);
  await mkdir(join(copy, 'bin'), { recursive: true });
  await writeFile(join(copy, 'package.json'), JSON.stringify({ version: '24.9.0' }));
  await writeFile(join(copy, 'bin/node'), 'half of', { mode: 0o755 });
  const { code, out, said } = await run(['start'], { NODE_OPTIONS: OLDER });
  expect(said).toMatch(/^atlas: this needs to download, once: Node 24 .* and 1 npm packages/);
  expect([code, out]).toEqual([0, 'started \n']);
  expect((await run(['start'], { NODE_OPTIONS: OLDER })).said).toBe('');
});

/** A Node 24 that npm has brought whole. */
async function brought(script: string): Promise<void> {
  const modules = join(root, '.atlas/node/node_modules');
  const name = `node-${process.platform}-${process.arch}`;
  const packages = { [`node_modules/${name}`]: { version: '24.9.0' } };
  await mkdir(join(modules, name, 'bin'), { recursive: true });
  await writeFile(join(modules, '.package-lock.json'), JSON.stringify({ packages }));
  await writeFile(join(modules, name, 'bin/node'), script, { mode: 0o755 });
}

test('a Node 24 that this machine cannot run is named, with what to do', async () => {
  await brought('#!/no/such/loader\n');
  const { code, said } = await run(['build'], { NODE_OPTIONS: OLDER });
  expect(code).toBe(1);
  expect(said).toMatch(/^atlas: this machine cannot run .*bin\/node \(ENOENT\); install Node 24$/m);
  expect(said).not.toMatch(/ at .*\.mjs/);
});

test('a Node 24 that this machine kills is named with what killed it', async () => {
  await brought('#!/bin/sh\nkill -ILL $$\n');
  const { said } = await run(['build'], { NODE_OPTIONS: OLDER });
  expect(said).toMatch(/^atlas: this machine cannot run .*bin\/node \(SIGILL\); install Node 24$/m);
});

test('a task that stops half-way has not gone well', async () => {
  await writeFile(
    join(root, 'tools/setup/build.mjs'),
    `${BUILD}writeFileSync('dist/stack/main.js', 'await new Promise(() => {});');`,
  );
  expect(await run(['start'])).toMatchObject({ code: 13 });
});

test('Ctrl-C during a build is no failure of the build', async () => {
  await writeFile(join(root, 'tools/setup/build.mjs'), LASTS);
  const ran = run(['start']);
  (await saying('building')).kill('SIGINT');
  expect(await ran).toMatchObject({ code: 1, out: 'building\n' });
  expect((await ran).said).toMatch(/^atlas: the build was interrupted \(exit code 130\)$/m);
});

test('Ctrl-C ends a task that knows no signals, also when a build came before it', async () => {
  await writeFile(
    join(root, 'tools/setup/build.mjs'),
    `${BUILD}writeFileSync('dist/stack/main.js', ${JSON.stringify(STAYS)});`,
  );
  const ran = run(['start']);
  (await saying('started')).kill('SIGINT');
  expect(await ran).toMatchObject({ code: 'SIGINT' });
});

test('when npm was killed during the set-up nothing is started', async () => {
  await writeFile(join(root, 'tools/setup/build.mjs'), `${LASTS}${BUILD}`);
  const npm = `
    const options = { stdio: 'inherit', env: { ...process.env, npm_lifecycle_event: 'start' } };
    require('node:child_process').spawn(process.execPath, ['tools/setup/run.mjs', 'start'], options);
    setTimeout(() => {}, 15_000)`;
  const env = { PATH: process.env['PATH'], npm_execpath: join(root, 'npm-cli.js') };
  const ran = ranBy(spawn(process.execPath, ['-e', npm], { cwd: root, env }));
  const parent = await saying('building');
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await writeFile(join(root, 'go'), '');
  expect(await ran).toMatchObject({ code: 'SIGKILL', out: 'building\n' });
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
  const { code, out, said } = await run(['policies', '--help'], { PATH: root });
  expect([code, out.split('\n')[0]]).toEqual([0, 'usage: npm run policies [-- --check]']);
  expect(said).not.toContain('OPA');
});

test('SIGTERM ends a stage with the run that it is of', async () => {
  await run(['build']);
  await mkdir(join(root, 'node_modules/.bin'), { recursive: true });
  const nx = '#!/bin/sh\necho running\nexec sleep 15\n';
  await writeFile(join(root, 'node_modules/.bin/nx'), nx, { mode: 0o755 });
  const ran = run(['test', 'project graph']);
  (await saying('running')).kill('SIGTERM');
  expect(await ran).toMatchObject({ code: 1 }); // nobody holds its output any more
});

/** Of the small repository, without the settings of whoever runs this. */
const git = (...args: string[]): Promise<Ran> =>
  ranBy(spawn('git', args, { cwd: root, env: { PATH: process.env['PATH'], HOME: root } }));

test('a check takes no arguments, and says what does', async () => {
  const { code, out, said } = await run(['check', 'unit']);
  expect([code, out]).toEqual([2, '']);
  expect(said).toMatch(/^atlas: npm run check takes no arguments; npm test -- unit runs stages by name$/m);
});

test('a check without a commit to compare with says so', async () => {
  await git('init');
  const { code, out, said } = await run(['check']);
  expect([code, out]).toEqual([1, '']);
  expect(said).toMatch(/^atlas: npm run check looks at .* since the last commit, and there is none here; /m);
  expect(said).not.toMatch(/ at .*\.mjs/);
});

/** Tools that only say how they were called. */
async function tools(...names: readonly string[]): Promise<void> {
  await mkdir(join(root, 'node_modules/.bin'), { recursive: true });
  for (const tool of names)
    await writeFile(join(root, 'node_modules/.bin', tool), '#!/bin/sh\necho "$0" "$@"\n', { mode: 0o755 });
}

test('a check looks at files of any name', async () => {
  await tools('prettier', 'nx', 'eslint', 'tsc', 'vitest');
  await writeFile(join(root, '.gitignore'), '*');
  await git('init');
  await git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--allow-empty', '--message', 'first');
  for (const name of ['größe.ts', 'the "new".ts']) {
    await writeFile(join(root, name), '');
    await git('add', '--force', name);
  }
  const { out } = await run(['check']);
  expect(out).toMatch(/\/prettier .* größe\.ts the "new"\.ts$/m);
  expect(out).toMatch(/\/eslint .* größe\.ts the "new"\.ts$/m);
});

test('in a clone that knows one commit only, a check finds nothing changed', async () => {
  await tools('nx', 'tsc', 'vitest');
  await writeFile(join(root, '.gitignore'), '*');
  await git('init');
  await git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--allow-empty', '--message', 'first');
  const { out } = await run(['check']);
  expect(out).toMatch(/^ {2}format +not run: nothing changed$/m);
  expect(out).toContain('/vitest run --changed HEAD --passWithNoTests');
});
