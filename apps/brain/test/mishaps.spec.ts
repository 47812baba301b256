/** The loop against a switcher that gives up and takes back, as the real one does. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { play, uneven, type Plan, type Replayed } from './closed-loop.ts';
import type { Mishap, Move } from './modelled-switcher.ts';

const CAPACITY = { tight: 400, tight2: 560, hybrid: 700, loose: 1_000 };
/** More than one bundle bears, and less than two do. */
const [CALM, SURGE] = [100, 470];
const MINUTE = Date.parse('2027-01-10T12:00:00Z') / 60_000;

interface Surge {
  /** Trace seconds in a real one. */
  readonly speed: number;
  /** Real seconds. */
  readonly fromS: number;
  readonly toS: number;
  readonly endS: number;
}

/** A day of calm, then a surge that nobody foresees. */
function surge({ speed, fromS, toS, endS }: Surge): Plan {
  const rates = Array.from({ length: endS }, (_, second) => (second >= fromS && second < toS ? SURGE : CALM));
  const history = Array.from({ length: 1_440 }, (_, i) => ({
    ...{ minute: MINUTE - 1_440 + i, rps: CALM, modules: {} },
  }));
  return { startMs: MINUTE * 60_000, speed, rates: uneven(rates), history, sales: [] };
}

const run = (plan: Plan, mishaps: readonly Mishap[]): Promise<Replayed> =>
  play({ controller: 'atlas', capacity: CAPACITY, mishaps }, plan);

const HYBRID = 'cart ×1';
const [TWO, ONE] = ['×2', '×1'];
const nameOf = ({ placements, instances }: Move['to']): string =>
  [
    ...Object.keys(placements).filter((each) => placements[each] === 'service'),
    `×${instances['bundle']}`,
  ].join(' ');
const names = (moves: readonly Move[]): string[] => moves.map(({ to }) => nameOf(to));

const FAST: Surge = { speed: 60, fromS: 10, toS: 70, endS: 130 };
const REAL: Surge = { speed: 1, fromS: 30, toS: 900, endS: 1_250 };
const cart = (kind: Mishap['kind'], toS: number): Mishap => ({ kind, service: 'cart', fromS: -3, toS });

describe('a service that does not start', () => {
  test('what needs it is given up, rests, and is tried again; another shape helps meanwhile', async () => {
    const { aborted, moves } = await run(surge(FAST), [cart('does not start', FAST.endS)]);
    expect(names(aborted)).toEqual([HYBRID, HYBRID]);
    expect(names(moves)).toEqual([TWO, ONE]);
    expect(moves[0]?.reason).toContain('loose would have to start first, tight ×2 is warm');
    const [first, second] = aborted;
    expect((second?.beganS ?? 0) - (first?.atS ?? 0)).toBeGreaterThanOrEqual(6);
  });

  test('in real time that was seen before the surge, for it was to be kept warm: nothing is tried in vain', async () => {
    const { aborted, moves, missed } = await run(surge({ ...REAL, fromS: 60 }), [
      cart('does not start', 100),
    ]);
    expect(aborted).toEqual([]);
    expect(names(moves)).toEqual([TWO, HYBRID, ONE]);
    expect(missed.at(-1)).toBeLessThan(60 + 20);
  });
});

describe('a service that is ill where it serves', () => {
  test('what a trial took back rests, and is tried again', async () => {
    const { moves, reverted } = await run(surge(REAL), [cart('ill', REAL.endS)]);
    expect(names(moves)).toEqual([TWO, HYBRID, HYBRID, ONE]);
    expect(names(reverted)).toEqual([HYBRID, HYBRID]);
    const [first, second] = reverted;
    expect((second?.beganS ?? 0) - (first?.atS ?? 0)).toBeGreaterThanOrEqual(2 * 180);
  });

  test('and stays once it is well', async () => {
    const { moves, reverted } = await run(surge(REAL), [cart('ill', 220)]);
    expect(names(moves)).toEqual([TWO, HYBRID, HYBRID, ONE]);
    expect(names(reverted)).toEqual([HYBRID]);
  });
});

const mishap = fc
  .record({
    kind: fc.constantFrom('does not start' as const, 'ill' as const),
    service: fc.constantFrom('cart', 'catalog'),
    fromS: fc.integer({ min: -3, max: 60 }),
    lengthS: fc.integer({ min: 5, max: 80 }),
  })
  .map(({ lengthS, ...rest }): Mishap => ({ ...rest, toS: rest.fromS + lengthS }));

test('whatever goes wrong: what was taken back rests, but for an overload, and the shop comes back to one bundle', async () => {
  let failures = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(mishap, { minLength: 1, maxLength: 4 }), async (mishaps) => {
      const { moves, aborted, reverted, layout } = await run(surge(FAST), mishaps);
      expect(nameOf(layout)).toBe(ONE);
      failures += aborted.length + reverted.length;
      for (const { atS, to } of reverted) {
        const again = moves.find(
          ({ beganS, reason, ...move }) =>
            beganS >= atS && nameOf(move.to) === nameOf(to) && !reason.startsWith('overload'),
        );
        expect(again?.beganS ?? Infinity).toBeGreaterThanOrEqual(atS + 6);
      }
    }),
    { numRuns: 10, examples: [[[cart('ill', 60)]], [[cart('does not start', 60)]]] },
  );
  expect(failures).toBeGreaterThan(0);
});
