import { expect, test } from 'vitest';
import { parseStat } from '../src/proc-stat.ts';

test('a process counts its own CPU, and its name may hold anything', () => {
  const text = '42 (a) b (c) S 7 42 42 0 -1 0 0 0 0 0 11 4 0 0 20 0 1 0 998877 1 2';
  expect(parseStat(text)).toEqual({ state: 'S', parent: 7, start: '998877', cpuMs: 150 });
  expect(parseStat('')).toBeUndefined();
});
