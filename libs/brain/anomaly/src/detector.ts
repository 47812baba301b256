/** One figure in which trouble shows: the higher, the worse. */
export interface Signal {
  /** `errors`, `latency` …: signals of one kind are one piece of evidence, the worst of them counts. */
  readonly kind: string;
  /** Of which module or host; empty: of the whole shop. */
  readonly of: string;
  readonly value: number;
  /** What it varies by at least, however even it has been, in its own unit. */
  readonly floor: number;
  /** Deviations beyond this count as this: no figure alone says everything. */
  readonly most: number;
}

/** What a detector looks at: one second of the shop. */
export interface Features {
  /** Requests per second: more load than before explains much. */
  readonly rps: number;
  readonly signals: readonly Signal[];
}

export interface Score {
  /** 0 usual … 1 as unusual as can be. */
  readonly score: number;
  /** What is most unusual, worst first: `errors of cart`. */
  readonly because: readonly string[];
}

/** Says how unusual a second is. Learned models stand behind the same interface. */
export interface AnomalyDetector {
  /**
   * Looks at the next second.
   * @param features undefined: it was not, or not wholly, seen
   * @returns undefined while too little is known to say anything
   */
  look(features: Features | undefined): Score | undefined;
  /** The shop changed its shape: for a while what is unusual is its doing. */
  moved(): void;
}
