import { expect, test } from 'vitest';
import { drawControllers } from '../src/index.ts';

test('every cell is drawn, the lost ones too, under its trace', () => {
  const svg = drawControllers(
    [
      { trace: 'sudden', controller: 'tight', sloViolationS: 20, cpuMsPerRequest: 1 },
      { trace: 'sudden', controller: 'atlas', sloViolationS: 40, cpuMsPerRequest: null },
      { trace: 'day-night', controller: 'atlas', sloViolationS: 0, cpuMsPerRequest: 2 },
    ],
    'Three & more',
  );
  expect(svg.match(/class="trace"/g)).toHaveLength(2);
  expect(svg.match(/class="atlas"/g)).toHaveLength(4);
  expect(svg.match(/class="other"/g)).toHaveLength(2);
  for (const words of ['20 s', '40 s', '0 s', '1.00', '–', '2.00', 'Three &amp; more'])
    expect(svg).toContain(words);
});
