/**
 * Where the brain has its time from.
 *
 * K1  What is seen, forecast and decided is dated in trace time, which goes `speed` times as fast as real time.
 * K2  Latencies, deadlines, expiries, what the switcher is told and the seconds that are kept are in real time.
 * K3  Before a trace begins nothing is known of it: nothing is remembered, and nothing decided.
 */
import type { Clocks } from '@atlas/brain-collector';
import type { BrainConfig } from './brain.config.ts';

export const REAL_CLOCKS: Clocks = { wallMs: () => Date.now(), steadyMs: () => performance.now() };

export interface TraceTime {
  /** Trace seconds per real second, ≥ 1. */
  readonly speed: number;
  /** When the trace begins, real ms since 1970; -Infinity: real time is trace time. */
  readonly beginsAt: number;
  /** The trace's time at a real one, both ms since 1970. */
  of(realMs: number): number;
}

export const REAL_TIME: TraceTime = { speed: 1, beginsAt: -Infinity, of: (realMs) => realMs };

/** Trace time = start + (now - startedAt) × speed. */
export const traceTime = (startMs: number, startedAtMs: number, speed: number): TraceTime => ({
  speed,
  beginsAt: startedAtMs,
  of: (realMs) => startMs + (realMs - startedAtMs) * speed,
});

/** @throws Error naming the keys that do not belong together */
export function traceTimeOf(config: BrainConfig): TraceTime {
  const { ATLAS_BRAIN_TRACE_START: start, ATLAS_BRAIN_STARTED_AT: startedAt } = config;
  const { ATLAS_BRAIN_SPEED: speed } = config;
  if (start === undefined && startedAt === undefined) {
    if (speed === 1) return REAL_TIME;
    throw new Error('ATLAS_BRAIN_SPEED needs ATLAS_BRAIN_TRACE_START and ATLAS_BRAIN_STARTED_AT');
  }
  const [startMs, startedAtMs] = [instant(start), instant(startedAt)];
  if (Number.isNaN(startMs)) throw new Error('ATLAS_BRAIN_TRACE_START is no ISO 8601 time');
  if (Number.isNaN(startedAtMs)) throw new Error('ATLAS_BRAIN_STARTED_AT is no ISO 8601 time');
  return traceTime(startMs, startedAtMs, speed);
}

/** An ISO 8601 time in ms since 1970; NaN: it is none. Nor is one of 30 February, which `Date.parse` takes for 2 March. */
export function instant(text = ''): number {
  const day = text.slice(0, 10);
  const beginsAt = Date.parse(day);
  const isDay = !Number.isNaN(beginsAt) && new Date(beginsAt).toISOString().startsWith(day);
  return isDay ? Date.parse(text) : NaN;
}
