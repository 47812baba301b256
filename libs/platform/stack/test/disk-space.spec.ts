import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { saidOfSpace, watchSpace } from '../src/disk-space.ts';
import { StackError } from '../src/stack-error.ts';
import { trouble } from '../src/supervise.ts';

describe('an error of a start', () => {
  it.each([
    ['of the file system', Object.assign(new Error('write'), { code: 'ENOSPC' })],
    ['of a quota', Object.assign(new Error('write'), { code: 'EDQUOT' })],
    ['of Postgres', new Error('initdb: error: could not write: No space left on device')],
    ['with such a cause', new Error('the database could not be made', { cause: new Error('ENOSPC: write') })],
  ])('%s says that the disk is full, and what to do', (_what, error) => {
    const said = saidOfSpace('/home/ada/.atlas', error);
    expect(said).toBeInstanceOf(StackError);
    expect(String(said)).toContain(
      'the disk that holds /home/ada/.atlas is full: free some space, or set ATLAS_HOME to a folder on another disk',
    );
  });

  it('of another kind stays as it is', () => {
    const error = new Error('the port is in use');
    expect(saidOfSpace('/x', error)).toBe(error);
    expect(saidOfSpace('/x', 'text')).toBe('text');
  });
});

describe('the watch over the space', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('tells once that the disk is full, and once that it has space again', async () => {
    const MB = 2 ** 20;
    const told: string[] = [];
    let free: number | undefined = 900 * MB;
    const end = watchSpace(
      '/x',
      (line) => told.push(line),
      () => Promise.resolve(free),
    );
    const later = (): Promise<unknown> => vi.advanceTimersByTimeAsync(10_000);
    await later();
    expect(told).toEqual([]);
    free = 3 * MB;
    await later();
    expect(told).toEqual([expect.stringContaining('is full (3 MB are free)')]);
    for (free of [undefined, 40 * MB, 0]) await later();
    expect(told).toHaveLength(1);
    free = 64 * MB;
    await later();
    expect(told.slice(1)).toEqual([expect.stringContaining('has space again (64 MB are free)')]);
    end();
    free = 0;
    await later();
    expect(told).toHaveLength(2);
  });
});

it('of a process that needs space it is said once, of any other each time that the pause grows', () => {
  const told: string[] = [];
  const tell = trouble({ onEvent: (line) => told.push(line) }, 'postgres');
  tell('SIGKILL', 100);
  for (const pauseMs of [200, 400, 5_000, 5_000]) tell('ENOSPC: no space left on device, write', pauseMs);
  tell('exit code 1', 100);
  for (const pauseMs of [100, 5_000, 5_000]) tell('exit code 1', pauseMs);
  expect(told).toEqual([
    'postgres ended (SIGKILL); starting it again in 100 ms',
    'postgres cannot start, for the disk is full; it is tried again until there is space',
    'postgres ended (exit code 1); starting it again in 100 ms',
    'postgres ended (exit code 1); starting it again in 100 ms',
    'postgres ended (exit code 1); starting it again in 5000 ms',
  ]);
});
