import type { Forecast } from '@atlas/brain-forecast';
import { expect, test } from 'vitest';
import { outlookOf } from '../src/watch/outlook.ts';

test('what may come at most is no less than the mean, which lies above the band where a few minutes are far higher', () => {
  const forecasts = ([5, 15, 60] as const).map((horizonMin): Forecast => {
    const band = { low: 10, high: horizonMin === 5 ? 60 : 120 };
    return { horizonMin, minute: horizonMin, rps: 40, meanRps: 80, band80: band, band95: band, experts: [] };
  });
  expect(outlookOf(forecasts, { rps: 30, atMs: 0 }, [])).toEqual({
    outlook: { in5Rps: 80, in15Rps: 80, in60Rps: 80 },
    high: { in5Rps: 80, in15Rps: 120, in60Rps: 120 },
  });
});
