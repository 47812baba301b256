import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { canPin, coreOf, coresIn, TASKSET } from '../src/cores.ts';

describe('the cores of a bench', () => {
  it.each([
    ['0', [0]],
    ['0-1', [0, 1]],
    ['2-4,8', [2, 3, 4, 8]],
    ['1,12-13', [1, 12, 13]],
  ])('are read from the kernel’s list %s', (list, cores) => {
    expect(coresIn(list)).toEqual(cores);
  });

  it.runIf(canPin())(
    'are those that this process may use, and no others: a machine may keep back the first',
    () => {
      const said = execFileSync(TASKSET, ['-c', '-p', String(process.pid)]).toString();
      const own = coresIn(said.slice(said.lastIndexOf(' ') + 1));
      expect([coreOf(0), coreOf(1)]).toEqual([String(own[0]), String(own[1])]);
      expect(coreOf(own.length)).toBeUndefined();
    },
  );
});
