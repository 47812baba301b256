import type { LayoutRecord, Tally } from '@atlas/control-layout';
import type { ExitRecord, TrialMark } from '@atlas/control-store';

/** One other instance, as the coupling runtime routes to it. */
export interface AgentEndpoint {
  readonly instance: string;
  readonly nonce: string;
  readonly kind: 'bundle' | 'service';
  readonly modules: readonly string[];
  /** `host:port` of its RPC listener. */
  readonly rpc: string;
  readonly health: 'starting' | 'reserve' | 'ready' | 'leaving';
}

/** What the agent steers: the part of the coupling runtime that it needs, and no more. */
export interface AgentRuntime {
  /** Gets ready for a layout that is being prepared, before it is held and hence acked. Never rejects. */
  prepare?(record: LayoutRecord): Promise<void>;
  /** Holds an epoch's routes from now on. Idempotent. */
  install(record: LayoutRecord): void;
  holds(epoch: number): boolean;
  /** Epochs held, ascending: those that were installed, and those that it has read itself for a call. */
  held(): readonly number[];
  /** Admits new roots under `epoch`; all earlier ones are closed. */
  setCurrent(epoch: number): void;
  /** Epoch of new roots; undefined before the first. */
  readonly current: number | undefined;
  /** Drops an epoch's routes; false while something still runs under it (E2). */
  forget(epoch: number): boolean;
  /** Epoch → roots admitted here that are not over. */
  openRoots(): Readonly<Record<string, number>>;
  /** Told when a closed epoch has no open root left here; returns the unsubscribe function. */
  onDrained(listener: (epoch: number) => void): () => void;
  setEndpoints(endpoints: readonly AgentEndpoint[]): void;
  setExits(exits: readonly ExitRecord[]): void;
  /** Which epoch is on trial; null: none. The same again changes nothing; after a null it is counted anew. */
  setTrial(trial: TrialMark | null): void;
  /** Told when counting begins (true) and ends; returns the unsubscribe function. */
  onTrial(listener: (on: boolean) => void): () => void;
  /** What was counted under it so far; undefined when nothing is. */
  tally(): Tally | undefined;
}
