import { StackError } from '@atlas/platform-stack';
import { expect, test, vi } from 'vitest';
import { withStack } from '../src/session.ts';

const home = import.meta.dirname; // it has to be there, and nothing in it is touched
vi.mock('@atlas/platform-stack', async (original) => ({
  ...(await original<object>()),
  resetStack: (folder: string) => {
    const path = `${folder}/postgres/base`;
    return Promise.reject(Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', path }));
  },
}));

test('state of another user that cannot be forgotten is named, with what to do', async () => {
  const screen = { show: () => undefined, say: () => undefined, close: () => undefined };
  const settings = { home, cwd: home, lifelineFd: undefined, faults: undefined, logLevel: 'info' };
  const session = { options: {}, settings, screen, signal: new AbortController().signal };
  const started = withStack(session, { fresh: true, port: 0, audit: false }, () => Promise.resolve());
  await expect(started).rejects.toBeInstanceOf(StackError);
  await expect(started).rejects.toThrow(
    `no permission for ${home}/postgres/base: it belongs to another user`,
  );
});
