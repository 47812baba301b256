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
  /**
   * Replaces the rows of all hosts, and names this switcher as the one to ask; others' rows stay. Atomic. Asks
   * `stillLeads` at the last moment: one that stood still may not overwrite what its successor wrote.
   * @throws Error when the file cannot be written, or it leads no more.
   */
  publish(hosts: readonly RunRow[], stillLeads: () => boolean): Promise<void>;
}
