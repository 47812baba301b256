import { StaleLeaderError, StoreUnavailableError } from '@atlas/control-store';
import { expect, it } from 'vitest';
import { problemOf } from '../src/api/problem.ts';
import { AutonomyConflictError } from '../src/engine/autonomy-book.ts';
import { NotLeaderError } from '../src/engine/leadership.ts';
import { SwitchConflictError } from '../src/engine/switch-book.ts';

it.each([
  [new StoreUnavailableError('no answer'), 'store_unavailable'],
  [new SwitchConflictError('sw-1'), 'store_unavailable'],
  [new AutonomyConflictError(), 'store_unavailable'],
  [new NotLeaderError(), 'not_leading'],
  [new StaleLeaderError(1), 'not_leading'],
  [new RangeError('secret'), 'internal'],
])('%s is told as %s', (error, code) => {
  const told = problemOf(error);
  expect(told.code).toBe(code);
  expect(JSON.stringify(told)).not.toContain('secret');
});

it('promises nothing of a write that was not answered: it may still take effect', () => {
  expect(problemOf(new StoreUnavailableError('no answer')).detail).toMatch(/whether .* is not known/);
});
