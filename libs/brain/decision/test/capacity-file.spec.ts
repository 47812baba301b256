import { expect, test } from 'vitest';
import { measuredPolicy } from '../src/policy.ts';
import { parseCapacity, type MeasuredCapacity } from '../src/capacity-file.ts';

const GOOD = {
  ...{ tight: 500, tight2: 700, hybrid: 400, loose: 350, intentP99Ms: 60, at: '2026-11-25T21:00:00Z' },
  machine: { cores: 2 },
};
const read = (file: object): MeasuredCapacity | undefined => {
  const parsed = parseCapacity(JSON.stringify(file));
  return parsed.ok ? parsed.value : undefined;
};

test('what was measured is read as it was written, and a policy made of it', () => {
  const measured = read({ ...GOOD, note: 'beside other work' });
  expect(measured).toEqual({ ...GOOD, note: 'beside other work' });
  expect(measuredPolicy(measured!).rungs.map(({ name }) => name)).toEqual(['tight', 'tight ×2']);
});

test('a shape that was not measured is no rung', () => {
  const measured = read({ tight: 500, loose: 900 });
  expect(measured).toEqual({ tight: 500, tight2: 0, hybrid: 0, loose: 900 });
  expect(measuredPolicy(measured!).rungs.map(({ name }) => name)).toEqual(['tight', 'loose']);
});

test.each([
  [{ ...GOOD, tight: 0 }, /^capacity: tight: .*; it is 0$/],
  [{ ...GOOD, loose: '9' }, /^capacity: loose: /],
  [{ ...GOOD, intentP99Ms: null }, /^capacity: intentP99Ms: /],
  [{ ...GOOD, hostCpu: 0 }, /^capacity: hostCpu: /],
  [{ ...GOOD, at: 12 }, /^capacity: at: /],
  [{ ...GOOD, hybridServices: 1.5 }, /^capacity: hybridServices: /],
  [{ ...GOOD, machine: 2 }, /^capacity: machine: /],
  [null, /^capacity: expected fields/],
])('%j is refused', (value, why) => {
  const parsed = parseCapacity(JSON.stringify(value));
  expect(parsed).toEqual({ ok: false, problem: expect.stringMatching(why) as string });
});
