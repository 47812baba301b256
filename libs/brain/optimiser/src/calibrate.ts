/**
 * Fits the two numbers of latency that CPU does not tell, `waitMs` and `tail`, to what the edge measured in windows of a
 * few seconds. Pure.
 *
 * K1  The middle of the windows counts: fewer than half of them, however slow (a pause, a neighbour), move what is
 *     predicted no further than the others differ.
 * K2  A window of a layout that the model holds for saturated, or with numbers that make no sense, teaches nothing.
 */
import type { Layout } from '@atlas/control-layout';
import type { Costs, Site } from './costs.ts';
import { predict } from './predict.ts';

/** What roots took in one window under a layout, as the edge measured it. */
export interface Measured {
  readonly layout: Layout;
  readonly rps: number;
  readonly meanMs: number;
  readonly p99Ms: number;
}

/** How far the model agrees with what it was fitted to: p99 in the middle of the windows, ms. */
export interface Fit {
  readonly measuredMs: number;
  readonly predictedMs: number;
}

export interface Calibrated {
  readonly costs: Costs;
  /** That teach. */
  readonly windows: number;
  /** Null: those are too few, and the costs are as they were. */
  readonly fit: Fit | null;
}

/** Fewer have no middle to rely on. */
export const LEAST_WINDOWS = 6;

/** The lower one of two. */
const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[(values.length - 1) >> 1] ?? 0;

const isSound = ({ rps, meanMs, p99Ms }: Measured): boolean =>
  rps >= 0 && meanMs > 0 && p99Ms >= meanMs && Number.isFinite(p99Ms);

/** `waitMs` such that the model gives the middle of the measured means, 0 where it alone says more; then `tail`. */
export function calibrate(
  { costs, site }: { readonly costs: Costs; readonly site: Site },
  measured: readonly Measured[],
): Calibrated {
  const bare = { ...costs, waitMs: 0 };
  const windows = measured
    .filter(isSound)
    .map((window) => ({
      ...window,
      workMs: predict(window.layout, { costs: bare, site, rps: window.rps }).meanMs,
    }))
    .filter(({ workMs }) => Number.isFinite(workMs)); // K2
  if (windows.length < LEAST_WINDOWS) return { costs, windows: windows.length, fit: null };
  const waitMs = middle(windows.map(({ meanMs, workMs }) => Math.max(0, meanMs - workMs)));
  const tail = Math.max(1, middle(windows.map(({ p99Ms, workMs }) => p99Ms / (workMs + waitMs))));
  const fit = {
    measuredMs: middle(windows.map(({ p99Ms }) => p99Ms)),
    predictedMs: middle(windows.map(({ workMs }) => tail * (workMs + waitMs))),
  };
  return { costs: { ...costs, waitMs, tail }, windows: windows.length, fit };
}
