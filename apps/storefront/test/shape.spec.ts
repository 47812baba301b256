import type * as React from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import { noteShape } from '../src/api/shape.ts';
import { ShapeBadge } from '../src/components/shape-badge.tsx';

vi.mock('react', async (original) => ({
  ...(await original<typeof React>()),
  useSyncExternalStore: (_subscribe: unknown, now: () => unknown) => now(),
}));

afterEach(() => vi.useRealTimers());

test('the badge shows the newest epoch, whichever answer is late, and goes back with a shop that begins anew', () => {
  vi.useFakeTimers();
  const answered = (epoch: string, askedAt = performance.now()) => {
    vi.advanceTimersByTime(10);
    noteShape(new Headers({ 'x-atlas-epoch': epoch, 'x-atlas-mode': 'hybrid' }), askedAt);
    return (ShapeBadge().props as { 'data-epoch'?: number })['data-epoch'];
  };
  expect(answered('x')).toBeUndefined();
  const early = performance.now();
  expect([answered('7'), answered('8'), answered('7', early), answered('8')]).toEqual([7, 8, 8, 8]);
  expect([answered('1'), answered('2')]).toEqual([1, 2]);
});
