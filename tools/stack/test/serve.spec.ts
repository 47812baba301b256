import type * as Fs from 'node:fs';
import { readdirSync, readlinkSync, watch } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '@atlas/platform-stack';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { shownLine } from '../src/serve/log-line.ts';
import { Rebuilds } from '../src/serve/rebuilds.ts';
import { parseServe } from '../src/serve/serve-options.ts';
import { startServed } from '../src/serve/served-process.ts';

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>();
  return { ...fs, watch: vi.fn(fs.watch) };
});

/** Paths that this process has open; none where the system does not say. */
function openFiles(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // closed meanwhile
    }
  });
}

describe('the command line of nx serve', () => {
  it.each([
    [['apps/cart'], { app: 'cart', port: 4600, inspect: undefined }],
    [['tools/stack', '--port=0'], { app: 'stack', port: 0 }],
    [['apps/cart', '--inspect'], { inspect: 0 }],
    [['apps/cart', '--inspect=true'], { inspect: 0 }],
    [['apps/cart', '--inspect=9230'], { inspect: 9230 }],
  ])('%j', (args, options) => {
    expect(parseServe(args)).toMatchObject({ kind: 'run', options });
  });

  it.each([[[]], [['apps/cart', '--prot=1']], [['apps/cart', '--port=x']], [['a', 'b']]])(
    'refuses %j',
    (args) => {
      expect(parseServe(args)).toMatchObject({ kind: 'exit', code: 2 });
    },
  );
});

describe('what of a log is shown', () => {
  it.each([
    ['{"level":"info","msg":"loaded"}', undefined],
    ['{"level":30,"msg":"switch"}', undefined],
    ['{"level":"warn","time":"x","instance":"cart-0","msg":"lost","to":"a"}', 'lost {"to":"a"}'],
    [
      '{"level":50,"msg":"a request met a defect","err":{"stack":"Error: x\\n at a.ts:3"}}',
      'a request met a defect\nError: x\n at a.ts:3',
    ],
    ['Debugger listening on ws://127.0.0.1:1/x', 'Debugger listening on ws://127.0.0.1:1/x'],
    ['42', '42'],
    ['{"level":"warn","msg":"no","url":"/?q=\u009b2J"}', 'no {"url":"/?q=\\u009b2J"}'],
  ])('%s', (line, shown) => {
    expect(shownLine(line)).toBe(shown);
  });
});

describe('what is served from its sources', () => {
  let folder: string;
  let built: number;
  let failures: string[];
  let blind: string[];
  let rebuilds: Rebuilds;
  const source = (name: string): string => join(folder, 'src', name);
  const main = (): string => join(folder, 'serve/app-0/main.mjs');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atlas-serve-'));
    await mkdir(join(folder, 'src'));
    await writeFile(
      source('part.ts'),
      `export interface Part { n: number }\n\nexport const part: Part = { n: 1 };\n`,
    );
    await writeFile(source('main.ts'), `import { part } from './part.ts';\nconsole.log('part', part.n);\n`);
    built = 0;
    failures = [];
    blind = [];
    rebuilds = new Rebuilds({
      root: repositoryRoot(),
      entry: source('main.ts'),
      file: main(),
      onBuilt: () => (built += 1),
      onFailed: (why) => failures.push(why),
      onBlind: (why) => blind.push(why),
    });
  });
  afterEach(async () => {
    rebuilds.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Resolves when what was saved last is built; one save may be seen as two changes. */
  const holds = (text: string) =>
    vi.waitFor(async () => expect(await readFile(main(), 'utf8')).toContain(text), {
      timeout: 15_000,
      interval: 20,
    });

  it('is built again when a file that went into it is saved, or replaced as editors do', async () => {
    await rebuilds.start();
    expect(built).toBe(1);
    await writeFile(source('part.ts'), 'export const part = { n: 2 };\n');
    await holds('n: 2');
    await writeFile(source('part.new'), 'export const part = { n: 3 };\n');
    await rename(source('part.new'), source('part.ts'));
    await holds('n: 3');
    await vi.waitFor(() => expect(built).toBeGreaterThanOrEqual(3));
  });

  it('stays as it was when a build fails, and is built again when the fault is mended', async () => {
    await rebuilds.start();
    await writeFile(source('part.ts'), 'export const part = ;\n');
    await vi.waitFor(() => expect(failures).not.toHaveLength(0), { timeout: 15_000 });
    expect(failures[0]).toContain('part.ts');
    expect(await readFile(main(), 'utf8')).toContain('n: 1');
    await writeFile(source('part.ts'), 'export const part = { n: 4 };\n');
    await holds('n: 4');
  });

  it('is built, or said not to be, when the folder of its builds is gone', async () => {
    await rebuilds.start();
    await rm(join(folder, 'serve'), { recursive: true });
    await writeFile(source('part.ts'), 'export const part = { n: 2 };\n');
    await holds('n: 2');
    await rm(join(folder, 'serve/app-0'), { recursive: true });
    await writeFile(join(folder, 'serve/app-0'), 'no folder');
    await writeFile(source('part.ts'), 'export const part = { n: 3 };\n');
    await vi.waitFor(() => expect(failures.join()).toContain('serve/app-0'), { timeout: 15_000 });
    await rm(join(folder, 'serve/app-0'));
    await writeFile(source('part.ts'), 'export const part = { n: 4 };\n');
    await holds('n: 4');
  });

  it('is built again when a folder is back that was gone, as after a look at another branch', async () => {
    const part = source('deep/part.ts');
    await mkdir(source('deep'));
    await writeFile(part, 'export const part = { n: 1 };\n');
    await writeFile(
      source('main.ts'),
      `import { part } from './deep/part.ts';\nconsole.log('part', part.n);\n`,
    );
    await rebuilds.start();
    await rm(source('deep'), { recursive: true });
    await vi.waitFor(() => expect(failures).not.toHaveLength(0), { timeout: 15_000 });
    await mkdir(source('deep'));
    await writeFile(part, 'export const part = { n: 5 };\n');
    await holds('n: 5');
    await writeFile(part, 'export const part = { n: 6 };\n');
    await holds('n: 6');
  });

  it('is built, and once told to be blind, where the system has no watch left', async () => {
    vi.mocked(watch).mockImplementation(() => {
      throw Object.assign(new Error('no watch left'), { code: 'ENOSPC' });
    });
    onTestFinished(() => void vi.mocked(watch).mockRestore());
    await mkdir(source('deep'));
    await writeFile(source('deep/part.ts'), 'export const part = { n: 1 };\n');
    await writeFile(source('more.ts'), `export { part } from './deep/part.ts';\n`);
    await writeFile(source('main.ts'), `import { part } from './more.ts';\nconsole.log('part', part.n);\n`);
    await rebuilds.start();
    expect([built, blind, failures]).toEqual([1, ['no watch left'], []]);
  });

  it('names the line of the source in a stack trace, and tells how it ended', async () => {
    await writeFile(
      source('part.ts'),
      `\n\nexport function part(): never {\n  throw new Error('as planned');\n}\n`,
    );
    await writeFile(source('main.ts'), `import { part } from './part.ts';\npart();\n`);
    await rebuilds.start();
    const said: string[] = [];
    const run = await startServed({
      ...{ main: main(), env: {}, logFile: join(folder, 'app.log'), inspect: undefined, inherit: undefined },
      say: (line) => said.push(line),
    });
    expect(await run.exited).toEqual({ code: 1, signal: null, asked: false });
    await vi.waitFor(() => expect(said.join('\n')).toMatch(/src\/part\.ts:4:\d+/));
    await vi.waitFor(async () =>
      expect(await readFile(join(folder, 'app.log'), 'utf8')).toContain('as planned'),
    );
    await vi.waitFor(() => expect(openFiles()).not.toContain(join(folder, 'app.log')));
  });

  it('ends when it is told to, though it will not hear', async () => {
    const deaf = `process.on('SIGTERM', () => undefined);\nsetInterval(() => undefined, 1_000);\nconsole.log('deaf');\n`;
    await writeFile(source('main.ts'), deaf);
    await rebuilds.start();
    const said: string[] = [];
    const run = await startServed({
      ...{ main: main(), env: {}, logFile: join(folder, 'app.log'), inspect: undefined, inherit: undefined },
      say: (line) => said.push(line),
    });
    await vi.waitFor(() => expect(said).toEqual(['deaf']));
    await run.stop(10);
    expect(await run.exited).toEqual({ code: null, signal: 'SIGKILL', asked: true });
  });
});
