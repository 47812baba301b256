import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { canPin, coreOf, coresIn, runOn, TASKSET } from '../src/cores.ts';

/** Those that this process may use, by their names. */
function ownCores(): number[] {
  const said = execFileSync(TASKSET, ['-c', '-p', String(process.pid)]).toString();
  return coresIn(said.slice(said.lastIndexOf(' ') + 1).trim());
}

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
      const own = ownCores();
      expect([coreOf(0), coreOf(1)]).toEqual([String(own[0]), String(own[1])]);
      expect(coreOf(own.length)).toBeUndefined();
    },
  );

  it.runIf(canPin())('are all there again for a process that was moved to one of them', async () => {
    const own = ownCores();
    try {
      await runOn(process.pid, 1);
      expect(ownCores()).toEqual([own[1]]);
    } finally {
      await runOn(process.pid);
    }
    expect(ownCores()).toEqual(own);
  });
});
