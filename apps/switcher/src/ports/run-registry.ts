/** Where outside tools find the live processes (`run.json`). */
export interface RunRow {
  readonly app: string;
  readonly instance: string;
  readonly pid: number;
  /** `processStartTime(pid)`. */
  readonly startTime: string;
  /** `host:port` of the RPC listener; null for a spare, which has none. */
  readonly rpc: string | null;
  readonly metricsUrl: string | null;
}

export interface RunRegistry {
  /** Replaces the rows of all hosts; others' rows stay. Atomic. */
  publish(hosts: readonly RunRow[]): Promise<void>;
}
