import { expect, it } from 'vitest';
import { nowMs } from '../src/clock.ts';
import { OpenLoop } from '../src/open-loop.ts';

it('sends what it was too busy for as soon as it can, with the times at which it was due', async () => {
  const due: number[] = [];
  const startMs = nowMs() - 60_000;
  await new OpenLoop([0, 10, 59_000].values(), (at) => due.push(at - startMs)).run(startMs);
  expect(due).toEqual([0, 10, 59_000]);
});

it('sends nothing before it is due', async () => {
  const early: number[] = [];
  const arrivals = Array.from({ length: 20 }, (_, i) => 5 * i);
  await new OpenLoop(arrivals.values(), (at) => early.push(at - nowMs())).run(nowMs());
  expect(early).toHaveLength(20);
  expect(Math.max(...early)).toBeLessThanOrEqual(0);
});

it('sends nothing more once it is stopped, also from within, and has ended then', async () => {
  const due: number[] = [];
  const loop = new OpenLoop([0, 1, 2, 3].values(), (at) => {
    if (due.push(at) === 2) loop.stop();
  });
  await loop.run(nowMs() - 1_000);
  expect(due).toHaveLength(2);
  await loop.run(nowMs());
  expect(due).toHaveLength(2);
});
