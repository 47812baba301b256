import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { goLater, SHOWN_MS } from '../src/notice-time.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what nobody holds goes when it could be read', () => {
  const go = vi.fn();
  goLater(() => false, go);
  vi.advanceTimersByTime(SHOWN_MS - 1);
  expect(go).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(go).toHaveBeenCalledOnce();
});

test('what somebody holds stays as long as that, and goes afterwards', () => {
  const go = vi.fn();
  let held = true;
  goLater(() => held, go);
  vi.advanceTimersByTime(100 * SHOWN_MS);
  expect(go).not.toHaveBeenCalled();
  held = false;
  vi.advanceTimersByTime(SHOWN_MS);
  expect(go).toHaveBeenCalledOnce();
});

test('what was stopped goes no more', () => {
  const go = vi.fn();
  goLater(() => false, go)();
  vi.advanceTimersByTime(10 * SHOWN_MS);
  expect(go).not.toHaveBeenCalled();
});
