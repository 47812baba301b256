import type { Layout } from '@atlas/control-layout';

/** What is known of the shop at one moment. */
export interface Observation {
  /** Trace time, ms since 1970: real time unless a trace is replayed faster. */
  readonly atMs: number;
  readonly epoch: number;
  /** In force. */
  readonly layout: Layout;
  /** Module → instances of its service that are ready, whether they serve or are kept warm; and bundles, in reserve or not. */
  readonly ready: Readonly<Record<string, number>>;
  /** Requests per second that arrive now, answered or not. */
  readonly rps: number;
  /** Module → its share of the CPU time that all modules took in the last minute, 0–1. */
  readonly stress: Readonly<Record<string, number>>;
  /**
   * Share of the last seconds, 0–1, in which more than 5 of 100 answers took longer than the intent allows 1 of 100 to.
   * Then the shape in force does not bear what arrives, whatever it was measured to.
   */
  readonly strain: number;
  /**
   * Answers per second of a shop that is behind, those that say it failed excepted: what it bears just now, whatever was
   * measured; null: it keeps up with what arrives.
   */
  readonly borneRps: number | null;
  /** 0 usual … 1 as unusual as can be; null: not known. */
  readonly anomaly: number | null;
  /** Modules whose process has crashed and is not back. */
  readonly crashed: readonly string[];
}

/**
 * Mean requests per second that are expected 5, 15 and 60 minutes ahead; of a known sale that is over by then, if that is
 * more.
 */
export interface Outlook {
  readonly in5Rps: number;
  readonly in15Rps: number;
  readonly in60Rps: number;
}
