import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BLANK, type Assignment } from '../src/boot-spare.ts';

const MAIN = join(import.meta.dirname, 'fixtures/spare.ts');
const children: ChildProcess[] = [];

async function blankSpare(): Promise<ChildProcess> {
  const child = fork(MAIN, {
    env: { PATH: process.env['PATH'], ATLAS_OLD: 'gone' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  children.push(child);
  expect(await once(child, 'message')).toEqual([BLANK, undefined]);
  return child;
}

const output = async (child: ChildProcess): Promise<{ said: string; code: number | null }> => {
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { said, code };
};

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe('a spare', () => {
  it('becomes the service that it is told, with that environment and no other', async () => {
    const child = await blankSpare();
    const told: Assignment = { app: 'cart', env: { ATLAS_NEW: 'here' }, logFile: '/logs/cart-0.log' };
    const ended = output(child);
    child.send(told);
    const { said, code } = await ended;
    expect(JSON.parse(said)).toEqual({ became: 'cart', logFile: told.logFile, env: { ATLAS_NEW: 'here' } });
    expect(code).toBe(0);
  });

  it.each([[{ app: 'unheard-of', env: {}, logFile: '' }], ['cart'], [null]])(
    'ends in one line when told %j',
    async (message) => {
      const child = await blankSpare();
      const ended = output(child);
      child.send(message as Assignment);
      expect(await ended).toEqual({ said: 'this spare was told something that it cannot become\n', code: 1 });
    },
  );

  it('ends when whoever started it goes', async () => {
    const child = await blankSpare();
    const ended = once(child, 'exit');
    child.disconnect();
    expect(await ended).toEqual([0, null]);
  });

  it('says who starts it when someone else does', async () => {
    const child = spawn(process.execPath, [MAIN], { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    expect(await output(child)).toMatchObject({
      said: expect.stringContaining('the switcher') as string,
      code: 1,
    });
  });
});
