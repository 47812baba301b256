import { expect, test } from 'vitest';
import { seenPast } from '../src/seen-past.ts';

const flat = (rps: number, length = 4_000) => Array.from({ length }, (_, minute) => ({ minute, rps }));

function spread(rates: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const square = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length;
  return { mean, deviation: Math.sqrt(square) };
}

test.each([
  { rps: 300, speed: 60, deviation: Math.sqrt(300) },
  { rps: 300, speed: 1, deviation: Math.sqrt(300 / 60) },
  { rps: 4, speed: 60, deviation: 2 },
])('at $rps requests/s and speed $speed the past strays as the requests of its minutes do', (each) => {
  const seen = seenPast(flat(each.rps), each.speed).map(({ rps }) => rps);
  const { mean, deviation } = spread(seen);
  expect(Math.abs(mean / each.rps - 1)).toBeLessThan(0.03);
  expect(Math.abs(deviation / each.deviation - 1)).toBeLessThan(0.06);
  expect(Math.min(...seen)).toBeGreaterThanOrEqual(0);
});

test('what nobody asked for stays so, minutes keep their place, and it is the same at each call', () => {
  expect(seenPast([{ minute: 7, rps: 0 }], 60)).toEqual([{ minute: 7, rps: 0 }]);
  expect(seenPast(flat(20, 50), 60)).toEqual(seenPast(flat(20, 50), 60));
});
