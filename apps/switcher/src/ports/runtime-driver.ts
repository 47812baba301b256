/**
 * The runtime driver alone starts and stops hosts. `process` spawns them here; with `external` something else runs them
 * and only routes switch; `kubernetes` is to come and fits the same port.
 */
import type { ExitRecord, HostRecord, LeaseRow } from '@atlas/control-store';
import type { Obstacle } from '../machine/index.ts';

export interface DrivenHost {
  readonly instance: string;
  readonly nonce: string;
  readonly app: string;
  readonly purpose: HostRecord['purpose'];
  /** `keep_warm`, `reserve`: how long, on the store's clock, ms; null otherwise. */
  readonly keptUntil: number | null;
  /** When it was written down, before its spawn, on the store's clock, ms; null when something else started it. */
  readonly createdAt: number | null;
  /** A spare that has loaded everything, and may become any service. */
  readonly blank?: boolean;
  /** Null while it is being spawned. */
  readonly pid: number | null;
  /** `processStartTime(pid)`; null as long as the pid is. */
  readonly pidStartedAt: string | null;
  /** `gone`: it ended, and the store does not know yet. */
  readonly state: 'running' | 'stopping' | 'gone';
}

/** The durable books of the driver. Every write is refused (rejects) when this switcher does not lead. */
export interface HostLedger {
  /** Before the spawn with `pid: null`, after it with pid and start time. */
  record(host: HostRecord): Promise<void>;
  /** Writes down that it is to stop: the order itself, with the leader's token. The signal only tells the host to look. */
  orderStop(host: HostRecord): Promise<void>;
  /** Strikes off the books a process that is no host of this name (any more); no evidence of an end. */
  forget(instance: string, nonce: string): Promise<void>;
  /** Writes the evidence, then strikes the host off the books. */
  ended(exit: Omit<ExitRecord, 'at'>): Promise<void>;
  /** Refuses the nonce for good: of a host that is about to be killed, or of which nobody knows whether it was ever spawned. */
  refuse(instance: string, nonce: string): Promise<void>;
  /** Its last lease as far as it was seen. */
  lastLease(instance: string, nonce: string): LeaseRow | undefined;
  /**
   * The last lease of each host that was seen and is not struck off. `live` is as of the last look that showed it: a lease
   * that was released, or whose host was fenced, may say so until the host is struck off.
   */
  leases(): readonly LeaseRow[];
  /** The store's clock, ms. */
  now(): number;
  /** This switcher leads, by its own clock: asked right before a host is signalled. */
  leads(): boolean;
}

/** A driver whose switcher leads no more starts, stops and kills nobody, whatever it was in the middle of (E3). */
export interface RuntimeDriver {
  /** Everything on its books. */
  hosts(): readonly DrivenHost[];
  /** How many of its hosts have ended so far: whoever decided on what was there before it rose knows too little. */
  readonly ended: number;
  /**
   * Takes over what an earlier switcher recorded, on gaining leadership. Adopts only a pid whose start time matches;
   * for the rest it writes an exit with cause `unknown`. Of hosts that it already holds it believes the books: another
   * leader may have changed them.
   */
  adopt(records: readonly HostRecord[]): Promise<void>;
  /** Why it starts no host now; null when nothing is known to stand in the way. */
  obstacle(): Obstacle | null;
  /**
   * No effect when the instance is on the books, or with an obstacle. A service takes a blank spare if there is one,
   * else a new process. Resolves when the process runs and is recorded.
   * @param reserve it is to accept nobody until it is opened; of a bundle
   */
  start(app: string, instance: string, reserve?: true): Promise<void>;
  /** Writes down that a bundle in reserve may accept. No effect on any other host. */
  open(instance: string, nonce: string): Promise<void>;
  /**
   * Asks it to drain and end; kills it after `STOP_DEADLINE_MS`. One that refuses is `running` again soon. Resolves at
   * once. No effect when it is stopping, unknown, or not the driver's to stop.
   */
  stop(instance: string, nonce: string): Promise<void>;
  /**
   * Writes down that it is kept warm until then, on the store's clock, ms, though no layout names it. No effect when it
   * is not the driver's to stop.
   */
  keep(instance: string, nonce: string, until: number): Promise<void>;
  /**
   * Isolates a host that hangs: the store refuses its nonce and ends its sessions, then it is killed. Its
   * end gets the cause `unknown`. No effect when it is gone, unknown, or not its own.
   */
  kill(instance: string, nonce: string): Promise<void>;
  /** Its switcher leads no more: ends what only a leader has any use for, without a signal to anybody. */
  standDown(): void;
  /**
   * Writes down what could not be written when it happened, and looks who has refused to stop, and whether an obstacle is
   * still there.
   */
  settle(): Promise<void>;
  /** Called after any change of `hosts()`. Returns the unsubscribe function. */
  onChange(listener: () => void): () => void;
  /** Lets go of all hosts without stopping them. */
  close(): void;
}

/** Longest drain of a host: the longest root deadline (30 s) and a grace. */
export const STOP_DEADLINE_MS = 35_000;
