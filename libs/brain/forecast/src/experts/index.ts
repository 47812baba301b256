import type { Expert } from '../expert.ts';
import { meanOf, persistence, trendOver } from './recent.ts';
import { boundedShape, lastWeek, meanShape, shape, yesterday } from './shape.ts';

export { persistence, shape };

/** Strong and simple ones; none is fitted to any series. */
export const EXPERTS: readonly Expert[] = [
  persistence,
  ...[3, 5, 10, 20, 40, 90].map(meanOf),
  ...[5, 15, 30].map(trendOver),
  boundedShape,
  yesterday,
  lastWeek,
  meanShape({ levelMin: 20, widthMin: 31, days: 1 }),
  meanShape({ levelMin: 20, widthMin: 31, days: 3 }),
  meanShape({ levelMin: 20, widthMin: 31, days: 7 }),
  meanShape({ levelMin: 10, widthMin: 61, days: 7 }),
  meanShape({ levelMin: 40, widthMin: 61, days: 7 }),
  meanShape({ levelMin: 90, widthMin: 61, days: 7 }),
  meanShape({ levelMin: 20, widthMin: 61, days: 7, trust: 0.5 }),
];
