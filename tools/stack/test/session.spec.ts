import { ConfigError } from '@atlas/platform-config';
import { StackError } from '@atlas/platform-stack';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ControlError } from '../src/control-client.ts';
import { UsageError } from '../src/options.ts';
import { announced, failureOf, withStack } from '../src/session.ts';

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

test('an interruption ends with 130 and without a word, whether a wait or a look at the signal met it', async () => {
  const signal = AbortSignal.abort();
  const inWait = await thrownBy(wait(1_000, undefined, { signal }));
  expect(failureOf(inWait, true)).toEqual({ code: 130, said: undefined });
  expect(failureOf(signal.reason, true)).toEqual({ code: 130, said: undefined });
});

test('what fails for another reason is told, during an interruption, too', () => {
  expect(failureOf(new StackError('Postgres does not stop'), true)).toEqual({
    code: 1,
    said: 'Postgres does not stop',
  });
  expect(failureOf(new UsageError('no such file'), false)).toEqual({ code: 2, said: 'no such file' });
  expect(failureOf(new ControlError('refused_by_policy', 'memory: no room for cart-0'), false)).toEqual({
    code: 1,
    said: 'memory: no room for cart-0',
  });
  const config = new ConfigError([{ key: 'ATLAS_PORT', says: 'is unknown' }]);
  expect(failureOf(config, false)).toEqual({ code: 2, said: 'ATLAS_PORT is unknown' });
  expect(failureOf(new TypeError('a defect'), false)).toMatchObject({
    code: 1,
    said: expect.stringMatching(/a defect\n +at /) as string,
  });
});

function stopTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

test('of a start that is refused at once nobody is told that it starts', async () => {
  stopTimers(); // no busy machine makes this late
  const said: string[] = [];
  const screen = { show: () => undefined, say: (line: string) => said.push(line), close: () => undefined };
  const home = join('/dev/null', 'home');
  const settings = { home, cwd: '/', lifelineFd: undefined, faults: undefined, logLevel: 'info' };
  const session = { options: {}, settings, screen, signal: new AbortController().signal };
  const shape = { port: 0, audit: false };
  await expect(withStack(session, shape, () => Promise.resolve())).rejects.toBeInstanceOf(StackError);
  vi.runAllTimers();
  expect(said).toEqual([]);
});

test('of a start that goes on it is told, once', async () => {
  stopTimers();
  const said: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const starting = announced({ say: (line) => said.push(line) }, 'starting', promise);
  vi.runAllTimers();
  expect(said).toEqual(['starting']);
  resolve('up');
  await expect(starting).resolves.toBe('up');
  expect(said).toEqual(['starting']);
});

/** Says something once its standard input has ended, and ends with 7 if that did not end it. */
const SPEAKER = `
import { runCommand } from ${JSON.stringify(new URL('../src/session.ts', import.meta.url).href)};
await runCommand(() => ({ kind: 'run', options: {} }), async () => {
  for await (const _ of process.stdin);
  await new Promise((said) => process.stdout.write('stopping', () => setImmediate(said)));
  return 7;
});
`;

test('a command ends in order, though nobody reads its words any more', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', SPEAKER], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  });
  const closed = once(child, 'close');
  child.stdout.destroy();
  await once(child.stdout, 'close');
  child.stdin.end();
  expect(await closed).toEqual([7, null]);
});
