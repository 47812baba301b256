import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { copy } from '../src/adapters/memory-state.ts';

/** What callers hand over: JSON, and in places what JSON leaves out or makes null. */
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(undefined)),
    fc.array(tie('value')),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { noNullPrototype: true },
    ),
  ),
}));

const isFrozen = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (Object.isFrozen(value) && Object.values(value).every(isFrozen));

test('a copy is what JSON would carry, frozen to the last leaf', () => {
  fc.assert(
    fc.property(fc.array(anything), (value) => {
      const copied = copy(value);
      expect(JSON.stringify(copied)).toBe(JSON.stringify(value));
      expect(copied).toEqual(JSON.parse(JSON.stringify(value)));
      expect(isFrozen(copied)).toBe(true);
    }),
    { examples: [[[-0]]] },
  );
});

test('a copy shares no memory with what it was made of', () => {
  const value = { list: [{ n: 1 }] };
  const copied = copy(value);
  value.list.push({ n: 2 });
  expect(copied).toEqual({ list: [{ n: 1 }] });
});
