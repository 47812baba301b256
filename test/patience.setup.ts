import { vi } from 'vitest';

/** What is awaited without a deadline of its own may take so long: a busy machine needs more than Vitest's one second. */
const PATIENCE_MS = 10_000;

const { waitFor } = vi;
vi.waitFor = (check, options) =>
  waitFor(check, { timeout: PATIENCE_MS, ...(typeof options === 'number' ? { timeout: options } : options) });
