import { expect, it } from 'vitest';
import { RootSampler } from '../src/root-sampler.ts';

/** @returns which of `count` roots are taken, one each `everyMs` */
function taken(count: number, everyMs: number): number[] {
  const sampler = new RootSampler(0);
  return Array.from({ length: count }, (_, i) => i + 1).filter((root) => sampler.takes(root, root * everyMs));
}

it('takes one root of 64 when many come', () => {
  expect(taken(200, 0)).toEqual([64, 128, 192]);
});

it('takes one each 50 ms at least, and each when fewer come', () => {
  expect(taken(20, 10)).toEqual([5, 10, 15, 20]);
  expect(taken(3, 60)).toEqual([1, 2, 3]);
});
