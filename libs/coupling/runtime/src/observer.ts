/** One timed call of a sampled root. */
export interface TimedCall {
  readonly module: string;
  readonly operation: string;
  readonly epoch: number;
  readonly local: boolean;
  readonly durationMs: number;
  /** What it was rejected with; undefined when it went well. */
  readonly error: unknown;
}

/** Sees the calls of sampled roots (`RootSampler`). Must not throw. */
export interface CallObserver {
  called(call: TimedCall): void;
}
