import { expect, it } from 'vitest';
import { lackingCalls } from '../src/smoke.ts';

it('tops an operation up to 60 calls within 4 s, and no more than real traffic lacks', () => {
  expect(lackingCalls({ calls: 0 }, 0)).toBe(0);
  expect(lackingCalls({ calls: 10 }, 2_000)).toBe(20);
  expect(lackingCalls({ calls: 0 }, 60_000)).toBe(60);
  expect(lackingCalls({ calls: 75 }, 60_000)).toBe(0);
});
