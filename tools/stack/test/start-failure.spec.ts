import { StackError } from '@atlas/platform-stack';
import { expect, test } from 'vitest';
import { startFailure } from '../src/start-failure.ts';

const home = '/home/ada/.atlas';
const { signal } = new AbortController();

test('a file of another user is named, with what to do', () => {
  const denied = Object.assign(new Error('EACCES: permission denied'), {
    code: 'EACCES',
    path: `${home}/secrets.json`,
  });
  for (const error of [denied, new Error('the secrets cannot be read', { cause: denied })]) {
    const said = startFailure({ home, signal }, error);
    expect(said).toBeInstanceOf(StackError);
    expect(String(said)).toMatch(/no permission for \/home\/ada\/\.atlas\/secrets\.json: .* chown/);
  }
});

test('what has nothing to do with files of the stack stays as it is', () => {
  const elsewhere = Object.assign(new Error('spawn'), { code: 'EACCES', path: '/bin/sh' });
  for (const error of [elsewhere, new Error('a defect'), new StackError('the port is in use'), 'text'])
    expect(startFailure({ home, signal }, error)).toBe(error);
});

test('a start that was given up fails of that, whatever it met on its way', () => {
  const given = { home, signal: AbortSignal.abort() };
  expect(startFailure(given, new Error('initdb ended by SIGINT'))).toBe(given.signal.reason);
});
