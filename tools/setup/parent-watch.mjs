/**
 * Notices that whoever started this (npm, Nx) is gone, so that a killed `npm start` leaves nothing behind.
 * Only under npm and Nx: a script that was put in the background on purpose outlives its shell.
 */
import { readFileSync } from 'node:fs';

const WATCH_EVERY_MS = 500;

/**
 * Parent of another process; undefined where that cannot be read cheaply (macOS): there the parent itself must be the one
 * to watch, which is why npm scripts and Nx targets that stay `exec` node.
 */
function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

/** Calls `onGone` once when the parent, or the parent's parent (npm behind a shell), has ended. */
export function watchParent(onGone) {
  if (!process.env.npm_lifecycle_event && !process.env.NX_TASK_TARGET_TARGET) return;
  const parent = process.ppid;
  const above = parentOf(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && parentOf(parent) === above) return;
    clearInterval(timer);
    onGone();
  }, WATCH_EVERY_MS);
  timer.unref();
}
