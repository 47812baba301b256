import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CARDS, type Card } from '../src/journey.ts';
import { SlowCardPace } from '../src/slow-card.ts';

const checkouts = fc.array(
  fc.record({ gapMs: fc.integer({ min: 0, max: 400 }), drawn: fc.constantFrom<Card>(...CARDS) }),
  { maxLength: 300 },
);

describe('the slow card', () => {
  it('is used every 1.5 s by good customers when there are many checkouts', () => {
    const pace = new SlowCardPace();
    const slow: number[] = [];
    for (let nowMs = 0; nowMs < 60_000; nowMs += 50) {
      if (pace.choose('tok_ok', nowMs) === 'tok_timeout') slow.push(nowMs);
    }
    expect(slow).toEqual(Array.from({ length: 40 }, (_, i) => i * 1_500));
  });

  it('stays the exception when there are few', () => {
    const pace = new SlowCardPace();
    let slow = 0;
    for (let n = 0; n < 200; n++) if (pace.choose('tok_ok', n * 2_000) === 'tok_timeout') slow += 1;
    expect(slow).toBe(17);
  });

  it('takes no place but that of a good card', () => {
    fc.assert(
      fc.property(checkouts, (list) => {
        const pace = new SlowCardPace();
        let nowMs = 0;
        for (const { gapMs, drawn } of list) {
          nowMs += gapMs;
          const chosen = pace.choose(drawn, nowMs);
          if (drawn === 'tok_ok') expect(['tok_ok', 'tok_timeout']).toContain(chosen);
          else expect(chosen).toBe(drawn);
        }
      }),
    );
  });
});

it('where latencies are judged nobody pays with it', () => {
  const pace = new SlowCardPace(false);
  expect(pace.choose('tok_timeout', 0)).toBe('tok_ok');
  expect(pace.choose('tok_ok', 9_000)).toBe('tok_ok');
  expect(pace.choose('tok_declined', 9_000)).toBe('tok_declined');
});
