import { expect, test, vi } from 'vitest';
import { interruptions } from '../src/interruption.ts';

test('an interruption stops once; one that comes when the stop should be over ends at once', () => {
  let now = 100;
  const [stop, end] = [vi.fn(), vi.fn()];
  const interrupt = interruptions({ stop, end }, () => now);
  const calls = (): number[] => [stop, end].map(({ mock }) => mock.calls.length);
  interrupt();
  interrupt();
  now += 4_000;
  interrupt();
  expect(calls()).toEqual([1, 0]);
  now += 2_000;
  interrupt();
  expect(calls()).toEqual([1, 1]);
});
