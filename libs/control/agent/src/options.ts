import type { HostStore, Lease } from '@atlas/control-store';
import type { AgentRuntime } from './runtime.ts';

/** What a host says of itself that does not change; see `Lease`. */
export type AgentHost = Pick<
  Lease,
  | 'instance'
  | 'nonce'
  | 'kind'
  | 'modules'
  | 'rpc'
  | 'metricsUrl'
  | 'pidStartedAt'
  | 'build'
  | 'contractHash'
  | 'memoryLimitMb'
>;

/** Pino's shape. */
export interface AgentLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface AgentOptions {
  readonly store: HostStore;
  readonly host: AgentHost;
  readonly runtime: AgentRuntime;
  readonly log: AgentLog;
  /** Monotonic, ms; `performance.now` by default. */
  readonly clock?: () => number;
  /** The store refused this nonce for good: stop serving and exit. Told once. */
  readonly onFenced?: () => void;
  /** Nobody has wanted this host for 30 s: exit. Told once. */
  readonly onOrphaned?: () => void;
  /** `askToStop` was asked by whoever may order it: leave in order. */
  readonly onStopOrder?: () => void;
  /** More nonces are refused than before. */
  readonly onRefused?: () => void;
  /** The event loop stood still for longer than a lease: connections with unread frames are worth nothing. */
  readonly onStandStill?: (gapMs: number) => void;
}
