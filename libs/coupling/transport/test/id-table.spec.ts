import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdTable } from '../src/id-table.ts';

const ids = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
const steps = fc.array(
  fc.record({
    what: fc.constantFrom('set', 'take', 'all'),
    id: fc.oneof(
      ids,
      ids.map((id) => (id % 8) * 64 + 1),
    ),
  }),
  { maxLength: 400 },
);

describe('calls in flight by number', () => {
  it('behaves like a map, whatever is put in and taken out in whatever order', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const table = new IdTable<string>();
        const model = new Map<number, string>();
        all.forEach(({ what, id }, step) => {
          if (what === 'set') {
            table.set(id, `${step}`);
            model.set(id, `${step}`);
          } else if (what === 'take') {
            expect(table.take(id)).toBe(model.get(id));
            model.delete(id);
          } else if (step % 20 === 0) {
            expect(table.takeAll().sort()).toEqual([...model.values()].sort());
            model.clear();
          }
          expect(table.size).toBe(model.size);
          for (const [known, value] of model) expect(table.get(known)).toBe(value);
          expect(table.has(id)).toBe(model.has(id));
        });
      }),
    );
  });

  it('keeps thousands at once', () => {
    const table = new IdTable<number>();
    for (let id = 1; id <= 5_000; id++) table.set(id, id);
    for (let id = 2; id <= 5_000; id += 2) expect(table.take(id)).toBe(id);
    expect(table.size).toBe(2_500);
    expect(table.get(4_999)).toBe(4_999);
    expect(table.get(5_000)).toBeUndefined();
  });
});
