import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Residuals, type Features, type Score, type Signal } from '../src/index.ts';

/** What happens in a second, beside what is usual. */
interface Second {
  readonly rps?: number;
  readonly errors?: number;
  /** Times the usual. */
  readonly slower?: number;
  readonly queue?: number;
}

/** An even shop with a little noise: the same for the same second. */
function featuresOf({ rps = 100, errors = 0, slower = 1, queue = 0 }: Second, noise = 0): Features {
  const shake = 1 + 0.2 * Math.sin(noise * 12.9898);
  const signal = (kind: string, value: number, floor: number, most = 8): Signal => ({
    ...{ kind, of: 'cart', value, floor, most },
  });
  return {
    rps: rps * (1 + 0.05 * Math.sin(noise * 78.233)),
    signals: [
      signal('errors', errors, 0.01, 16),
      signal('latency', Math.log(5 * slower * shake), 0.35),
      signal('queue', Math.log1p(queue), 0.7),
    ],
  };
}

function scene() {
  const detector = new Residuals();
  let at = 0;
  const scores: (Score | undefined)[] = [];
  const seconds = (count: number, second: Second | undefined = {}): Score | undefined => {
    for (let i = 0; i < count; i += 1) scores.push(detector.look(featuresOf(second, (at += 1))));
    return scores.at(-1);
  };
  return { detector, seconds, scores };
}
const most = (scores: readonly (Score | undefined)[]): number =>
  Math.max(0, ...scores.map((each) => each?.score ?? 0));

describe('what is unusual', () => {
  test('before a minute is learned, and ten seconds are seen, nothing is said', () => {
    const { seconds } = scene();
    expect(seconds(60)).toBeUndefined();
    expect(seconds(9)).toBeUndefined();
    expect(seconds(1)?.score).toBeLessThan(0.1);
  });

  test('an even shop is usual for an hour', () => {
    const { seconds, scores } = scene();
    seconds(3_600);
    expect(most(scores)).toBeLessThan(0.2);
  });

  test.each([
    ['errors alone', { errors: 0.3 }, ['errors of cart']],
    ['slowness that makes callers wait', { slower: 30, queue: 500 }, ['latency of cart', 'queue of cart']],
    ['slowness with some errors', { slower: 30, errors: 0.06 }, ['latency of cart', 'errors of cart']],
  ])('%s is an anomaly within ten seconds, and over soon after it is', (_, second, because) => {
    const { seconds } = scene();
    seconds(120);
    const worst = seconds(8, second);
    expect(worst?.score).toBeGreaterThan(0.7);
    expect([...(worst?.because ?? [])].sort()).toEqual([...because].sort());
    expect(seconds(10)?.score).toBeLessThan(0.3);
  });

  test('one kind of evidence alone is none, however far it goes (A1)', () => {
    const { seconds, scores } = scene();
    seconds(120);
    seconds(60, { slower: 1_000 });
    seconds(60, { queue: 1e9 });
    expect(most(scores)).toBeLessThan(0.7);
  });

  test('four bad seconds of ten are none (A2)', () => {
    const { seconds, scores } = scene();
    seconds(120);
    for (let i = 0; i < 20; i += 1) {
      seconds(4, { errors: 1, slower: 100, queue: 100 });
      seconds(6);
    }
    expect(most(scores)).toBeLessThan(0.7);
  });

  test('an anomaly that stays is not learned within ten minutes (U1)', () => {
    const { seconds } = scene();
    seconds(120);
    expect(seconds(600, { errors: 0.5, slower: 30, queue: 500 })?.score).toBeGreaterThan(0.7);
  });
});

describe('what is explained', () => {
  test('more load says nothing, and what it brings is usual then (A3)', () => {
    const { seconds, scores } = scene();
    seconds(120);
    seconds(600, { rps: 300, slower: 20, queue: 100, errors: 0.05 });
    seconds(300);
    seconds(300, { rps: 300, slower: 20, queue: 100, errors: 0.05 });
    expect(most(scores)).toBeLessThan(0.7);
  });

  test('so does a change of shape, for fifteen seconds', () => {
    const { detector, seconds, scores } = scene();
    seconds(120);
    detector.moved();
    seconds(15, { slower: 30, queue: 50, errors: 0.2 });
    seconds(60);
    expect(most(scores)).toBeLessThan(0.7);
  });
});

describe('bad telemetry', () => {
  const odd = fc.constantFrom(Number.NaN, Infinity, -Infinity, -1, -1e300, 1e300);

  test('that is refused, late or missing takes back what was said, and makes no score (A4)', () => {
    const { detector, seconds } = scene();
    seconds(120);
    seconds(5, { errors: 1, slower: 100 });
    expect(detector.look(undefined)).toBeUndefined();
    expect(seconds(9, { errors: 1, slower: 100 })).toBeUndefined();
  });

  test('whatever holes there are, a score is of ten whole seconds in a row', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (seen) => {
        const detector = new Residuals();
        for (let i = 0; i < 120; i += 1) detector.look(featuresOf({}, i));
        let row = 0;
        detector.look(undefined);
        seen.forEach((whole, i) => {
          row = whole ? row + 1 : 0;
          const score = detector.look(whole ? featuresOf({ errors: 1, slower: 50 }, i) : undefined);
          if (row < 10) expect(score).toBeUndefined();
        });
      }),
    );
  });

  test('that is no number makes no anomaly and no score that is none, nor spoils what follows (A5)', () => {
    const noRate = fc.constantFrom(Number.NaN, Infinity, -Infinity, -1, -1e300);
    fc.assert(
      fc.property(fc.array(fc.tuple(odd, noRate, fc.nat(2)), { maxLength: 40 }), (all) => {
        const { detector, seconds, scores } = scene();
        seconds(120);
        for (const [value, rps, which] of all) {
          const good = featuresOf({}, 1);
          const signals = good.signals.map((each) => ({
            ...each,
            value: Number.isFinite(value) ? each.value : value,
          }));
          scores.push(detector.look({ rps: which === 0 ? rps : good.rps, signals }));
        }
        seconds(30);
        seconds(20, { rps: 300, slower: 30, queue: 500 }); // explained as ever (A3)
        const told = scores.flatMap((each) => each?.score ?? []);
        expect(told.every((score) => score >= 0 && score <= 0.7)).toBe(true);
      }),
    );
  });

  test('whatever is looked at, a score is from 0 to 1', () => {
    const value = fc.oneof(fc.double({ min: -1e100, max: 1e100 }), fc.constantFrom(Infinity, -Infinity));
    const signal = fc.record({
      kind: fc.constantFrom('errors', 'latency', 'queue', 'constructor'),
      of: fc.constantFrom('', 'cart'),
      value: fc.oneof(value, { weight: 3, arbitrary: fc.integer({ min: 0, max: 1_000 }) }),
      floor: fc.oneof(value, { weight: 3, arbitrary: fc.constant(0.35) }),
      most: fc.constantFrom(0, 8, 16, Number.NaN),
    });
    /** Mostly no more than usual, which would explain the rest (A3). */
    const rps = fc.oneof({ weight: 30, arbitrary: fc.integer({ min: 90, max: 100 }) }, value);
    let highest = 0;
    fc.assert(
      fc.property(
        fc.array(fc.record({ rps, signals: fc.array(signal, { minLength: 5 }) }), {
          minLength: 20,
          maxLength: 60,
        }),
        (all) => {
          const { detector, seconds } = scene();
          seconds(120);
          for (const features of all) {
            const score = detector.look(features)?.score ?? 0;
            expect(score >= 0 && score <= 1).toBe(true);
            highest = Math.max(highest, score);
          }
        },
      ),
    );
    expect(highest).toBeGreaterThan(0.7);
  });

  test('hosts without number take no memory (A6)', () => {
    const detector = new Residuals();
    for (let i = 0; i < 5_000; i += 1) {
      const [signal] = featuresOf({}, i).signals;
      if (signal) detector.look({ rps: 100, signals: [{ ...signal, of: `host-${i}` }] });
    }
    expect(detector.remembers).toBeLessThanOrEqual(2_000);
  });
});
