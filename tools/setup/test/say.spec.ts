import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';

/** Not typed: what runs before anything is built is plain JavaScript. */
const module: string = join(import.meta.dirname, '../say.mjs');
const { lastWords, withProgress } = (await import(module)) as {
  lastWords: (error: unknown) => string;
  withProgress: (what: string, step: () => Promise<void>) => Promise<void>;
};

test('progress keeps to one line of a small terminal', async () => {
  const out = process.stderr;
  const before = { isTTY: out.isTTY, columns: out.columns };
  onTestFinished(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
    Object.assign(out, before);
  });
  vi.stubEnv('TERM', 'xterm');
  Object.assign(out, { isTTY: true, columns: 40 });
  const write = vi.spyOn(out, 'write').mockReturnValue(true);
  onTestFinished(() => write.mockRestore());
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const over = Promise.withResolvers<void>();
  const done = withProgress('compiling OPA with Go, once (2 to 6 minutes)', () => over.promise);
  vi.advanceTimersByTime(100_000);
  over.resolve();
  await done;
  const drawn = write.mock.calls
    .map(([text]) => String(text))
    .filter((text) => text.startsWith('\r\u001b[Katlas'))
    .map((text) => text.slice('\r\u001b[K'.length));
  expect(drawn.at(-1)).toMatch(/^atlas: compiling OPA .* … 100 s$/);
  expect(Math.max(...drawn.map((text) => text.length))).toBeLessThan(40);
});

test.for([
  ['a program that says why', 'sh', ['-c', 'echo first >&2; echo last >&2; exit 1'], 'last'],
  ['one that says nothing', 'sh', ['-c', 'exit 1'], 'Error: Command failed: sh -c exit 1'],
  ['one that is not there', '/nowhere/go', [], 'Error: spawn /nowhere/go ENOENT'],
] as const)('the last words of %s', async ([, program, args, words]) => {
  const error: unknown = await promisify(execFile)(program, args).catch((thrown: unknown) => thrown);
  expect(lastWords(error)).toBe(words);
});
