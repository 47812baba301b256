/** Wall time at which this process's monotonic clock stood at zero. */
const ORIGIN = performance.timeOrigin;

/**
 * Milliseconds since 1970 by a clock that never jumps: the wall clock as it was when the process started, carried on by
 * the monotonic one. All deadlines of one process are on it, so that setting the machine's clock ends nothing early and
 * keeps nothing alive. Two processes differ by what the wall clock was set between their starts; a connection's hello
 * says by how much.
 */
export const steadyNow = (): number => Math.floor(ORIGIN + performance.now());
