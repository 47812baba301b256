/**
 * How the load driver (`dist/load/main.js`) is told what to do and how it tells what happens.
 *
 * Started as `node dist/load/main.js CONFIG`, where CONFIG is a `LoadConfig` as JSON text or the path of a file that
 * holds one. It writes one JSON object per line to stdout (`LoadLine`). A line `stop` on stdin ends the load early and
 * settles; SIGTERM or SIGINT end it without settling; a summary comes last in each case. With `ATLAS_LIFELINE_FD` set, end of file on that
 * descriptor ends it at once, without settling.
 * Exit code: 0 when it ran (failed requests are told in the summary), 2 when it could not start.
 */

import type { MixName } from './journey.ts';

/** Window of a trace: ISO 8601 times, `from` included, `to` excluded. */
export interface TraceWindow {
  /** CSV, gzipped or not, with header `timestamp_utc,rps`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** `replay`: the window once in `durationS`. `continuous`: the window again and again until told to stop. `steady`: `peakRps` all the time. */
export type LoadMode = 'replay' | 'continuous' | 'steady';

export interface LoadConfig {
  /** The shop's base URL, without trailing slash. The only field without a default. */
  readonly edgeUrl: string;
  readonly mode: LoadMode;
  /** Ignored in `steady` mode. */
  readonly trace: TraceWindow;
  /** Seconds that one pass of the window takes; in `steady` mode the whole length (0: until told to stop). */
  readonly durationS: number;
  /** Requests per second at the trace's highest minute of the window. `auto`: min(300, 40 % of the calibration). */
  readonly peakRps: number | 'auto';
  /** Length of the closed-loop calibration before the load; only with `auto`. */
  readonly calibrationS: number;
  /** Length of a closed-loop load before the load itself, when its peak is given; its requests count as calibration. */
  readonly warmUpS: number;
  /** Average pause between an answer and the customer's next step, in milliseconds. */
  readonly thinkMs: number;
  /** Who comes: `visitors` as in a shop; `buyers`: everybody buys at once, and half of the cards are refused. */
  readonly mix: MixName;
  /** Whether some pay with the card whose bank takes 2 s. Not where latencies are judged: those would be the bank's. */
  readonly slowCard: boolean;
  /** Same seed, same arrivals and same customers. */
  readonly seed: number;
  /** When the load begins, ms since 1970; null, or a time that has passed: as soon as it can. */
  readonly startAtMs: number | null;
  /** Where the per-request log (JSON lines, `RequestRecord`) is written anew; null: none. */
  readonly logFile: string | null;
  /** How long pending orders are followed after the last arrival, at most. */
  readonly settleS: number;
  /** A request without an answer by then has failed. Longer than any deadline of the shop. */
  readonly requestTimeoutMs: number;
  /** Most open connections; requests beyond wait for one, and their latency grows by the wait. */
  readonly connections: number;
}

/** What a field that is left out means. The window is the busiest three hours of the match day. */
export const LOAD_DEFAULTS: Omit<LoadConfig, 'edgeUrl'> = {
  mode: 'replay',
  trace: {
    file: 'load/traces/wc98-1998-06-02-to-10.csv.gz',
    from: '1998-06-10T15:00:00Z',
    to: '1998-06-10T18:00:00Z',
  },
  durationS: 120,
  peakRps: 'auto',
  calibrationS: 5,
  warmUpS: 0,
  thinkMs: 800,
  mix: 'visitors',
  slowCard: true,
  seed: 1,
  startAtMs: null,
  logFile: null,
  settleS: 60,
  requestTimeoutMs: 15_000,
  connections: 128,
};

/** Counts and latencies of a set of requests; latency runs from the scheduled moment. Null: no request. */
export interface LatencySummary {
  readonly requests: number;
  readonly failed: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** Why a request counts as failed. */
export type FailureReason = 'network' | 'timeout' | 'server_error' | 'unexpected_status' | 'wrong_answer';

/** Result of the calibration: what the shop did closed-loop in its busiest second, and the peak that follows. */
export interface CalibrationLine {
  readonly type: 'calibration';
  readonly rps: number;
  readonly p50Ms: number | null;
  readonly peakRps: number;
}

/** The load begins now. */
export interface StartLine {
  readonly type: 'start';
  /** Milliseconds since 1970. Fractions of a scenario count from here. */
  readonly at: number;
  /** Null in endless modes. */
  readonly durationS: number | null;
  readonly peakRps: number;
  /** Planned average. */
  readonly meanRps: number;
}

/** Once a second. */
export interface ProgressLine {
  readonly type: 'progress';
  readonly at: number;
  /** Seconds since the start line. */
  readonly elapsedS: number;
  /** Share of the replay that is over, 0–1; null in endless modes. */
  readonly fraction: number | null;
  /** Requests scheduled in the last second, and what the plan asked for. */
  readonly rps: number;
  readonly plannedRps: number;
  /** Of the requests that ended in the last 5 s. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Of the whole run so far, what calibrated the shop or warmed it up included. */
  readonly requests: number;
  readonly failed: number;
  readonly paid: number;
  readonly inFlight: number;
  /** Checkout requests sent and not yet answered. */
  readonly checkoutsInFlight: number;
  /** Share of the last second in which at least one checkout was in flight, 0–1. */
  readonly checkoutBusy: number;
  /** Orders answered 202 whose end is not known yet. */
  readonly pendingOrders: number;
  /** Newest epoch and its mode in the answers so far; null before the first. */
  readonly epoch: number | null;
  readonly mode: string | null;
}

/** A failed request; the first 50 only, the counts go on. */
export interface FailureLine {
  readonly type: 'failure';
  readonly at: number;
  readonly step: string;
  readonly reason: FailureReason;
  readonly status: number;
  readonly detail: string;
  readonly rootId: string | null;
}

/** The last arrival is over; pending orders are followed now. */
export interface SettlingLine {
  readonly type: 'settling';
  readonly at: number;
  readonly pendingOrders: number;
}

/** Last line. */
export interface SummaryLine extends LatencySummary {
  readonly type: 'summary';
  readonly at: number;
  /** True when SIGTERM or `stop` ended it before its planned end. */
  readonly stoppedEarly: boolean;
  readonly seconds: number;
  readonly meanRps: number;
  readonly peakRps: number;
  readonly failures: Readonly<Record<FailureReason, number>>;
  /** Keyed by `x-atlas-mode` of the answer; `unknown` when there was none. */
  readonly byMode: Readonly<Record<string, LatencySummary>>;
  /** Keyed by step (route label). */
  readonly byStep: Readonly<Record<string, LatencySummary>>;
  /** Shares of all requests, 0–1: POST, PUT and DELETE on carts; checkouts that ended `paid`. */
  readonly writeShare: number;
  readonly paidShare: number;
  /** Checkouts sent, by test card. */
  readonly cards: Readonly<Record<string, number>>;
  readonly orders: {
    readonly paid: number;
    readonly declined: number;
    readonly outOfStock: number;
    /** Answered 202; of those, the ones whose end stayed unknown. */
    readonly pending: number;
    readonly unsettled: number;
  };
  /** Share of the load's time in which at least one checkout was in flight, 0–1. */
  readonly checkoutBusy: number;
  /** How late the driver itself sent, at the 99th percentile: large values mean that the driver was short of CPU. */
  readonly sendDelayP99Ms: number;
}

/** It could not start; exit code 2 follows. */
export interface ErrorLine {
  readonly type: 'error';
  readonly message: string;
}

export type LoadLine =
  CalibrationLine | StartLine | ProgressLine | FailureLine | SettlingLine | SummaryLine | ErrorLine;

/**
 * One line of the request log: every request of calibration, load and settling, in the order in which they ended.
 * Times are milliseconds since 1970, with fractions.
 */
export interface RequestRecord {
  readonly phase: 'calibration' | 'load' | 'settle';
  readonly scheduled: number;
  readonly sent: number;
  readonly done: number;
  readonly method: string;
  /** Route label, e.g. `PUT /api/carts/{id}/items/{productId}`. */
  readonly route: string;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly failed: boolean;
  /** From the answer's headers; null when absent. */
  readonly epoch: number | null;
  readonly mode: string | null;
  readonly rootId: string | null;
  readonly journey: number;
  /** `Idempotency-Key` that was sent. */
  readonly key: string | null;
  readonly orderId: string | null;
  /** Set only when the answer says that the order is paid or shipped. */
  readonly totalCents: number | null;
  /** True only when the answer says that the order was refused or cancelled. */
  readonly cancelled: boolean;
}
