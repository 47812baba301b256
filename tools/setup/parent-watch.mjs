/**
 * Notices that whoever started this (npm, Nx) is gone, so that a killed `npm start` leaves nothing behind. They must be
 * the parent, which is why npm scripts and Nx targets `exec` node.
 * Only under npm and Nx: a script that was put in the background on purpose outlives its shell.
 */
const WATCH_EVERY_MS = 500;

/** At the start of this process: set-up may take minutes. */
const parent = process.ppid;

/** Calls `onGone` once when the parent has ended. */
export function watchParent(onGone) {
  if (!process.env.npm_lifecycle_event && !process.env.NX_TASK_TARGET_TARGET) return;
  if (process.ppid !== parent) return onGone();
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, WATCH_EVERY_MS);
  timer.unref();
}
