import { expect, test } from 'vitest';
import { measuredPolicy } from '@atlas/brain-decision';
import { parseCapacity } from '../src/capacity-file.ts';

const GOOD = {
  ...{ tight: 500, tight2: 700, hybrid: 400, loose: 350, intentP99Ms: 60, at: '2026-11-25T21:00:00Z' },
  machine: { cores: 2 },
};

test('what was measured is read, and a policy made of it', () => {
  const measured = parseCapacity(JSON.stringify(GOOD));
  expect(measured).toEqual(GOOD);
  expect(measuredPolicy(measured).rungs.map(({ name }) => name)).toEqual(['tight', 'tight ×2']);
});

test.each([
  [{ ...GOOD, tight: 0 }, /tight must/],
  [{ ...GOOD, loose: '9' }, /loose must/],
  [{ ...GOOD, intentP99Ms: null }, /intentP99Ms must/],
  [{ ...GOOD, at: 'noon' }, /at must/],
  [{ ...GOOD, hybridServices: 1.5 }, /hybridServices must/],
  [{ ...GOOD, machine: 2 }, /machine must/],
  [null, /tight must/],
])('%j is refused', (value, why) => {
  expect(() => parseCapacity(JSON.stringify(value))).toThrow(why);
});
