import { vi } from 'vitest';

/** What is awaited without a deadline of its own may take so long: a busy machine needs more than Vitest's one second. */
const PATIENCE_MS = 10_000;

const patient = (options: number | { timeout?: number; interval?: number } = {}) => ({
  timeout: PATIENCE_MS,
  ...(typeof options === 'number' ? { timeout: options } : options),
});

const { waitFor, waitUntil } = vi;
vi.waitFor = (check, options) => waitFor(check, patient(options));
vi.waitUntil = (check, options) => waitUntil(check, patient(options));
