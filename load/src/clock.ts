import { performance } from 'node:perf_hooks';

/** Milliseconds since 1970, with fractions, never going back. */
export const nowMs = (): number => performance.timeOrigin + performance.now();
