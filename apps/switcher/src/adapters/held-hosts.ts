import type { ExitRecord, HostRecord } from '@atlas/control-store';
import type { DrivenHost, HostLedger } from '../ports/runtime-driver.ts';
import type { SpawnedProcess } from '../ports/operating-system.ts';

/** One process on the process driver's books. */
export interface Held {
  readonly record: HostRecord;
  readonly state: DrivenHost['state'];
  /** A child of this switcher, not one that it adopted. */
  readonly own: boolean;
  /** It said that it has loaded everything; it can be told what to become. */
  readonly spare?: SpawnedProcess;
  /** Killed because it hung. */
  readonly hung?: true;
  /** Set once it has ended. */
  readonly cause?: ExitRecord['cause'];
}

export const keyOf = ({ instance, nonce }: { instance: string; nonce: string }): string =>
  `${instance}:${nonce}`;

/** What the process driver holds, in memory, by instance and nonce; tells of each change. */
export class HeldHosts {
  readonly #held = new Map<string, Held>();
  readonly #listeners = new Set<() => void>();
  /** Of whom the books may say something else, by instance and nonce: whoever runs on is written down again (D12, D13). */
  readonly doubted = new Set<string>();
  /** As of the last change; undefined: not asked for since. */
  #driven: readonly DrivenHost[] | undefined;
  #ended = 0;

  /** How many have ended so far. */
  get ended(): number {
    return this.#ended;
  }

  get(key: string): Held | undefined {
    return this.#held.get(key);
  }

  has(key: string): boolean {
    return this.#held.has(key);
  }

  /** As of now: it may change while they are walked through. */
  all(): readonly Held[] {
    return [...this.#held.values()];
  }

  put(held: Held): void {
    if (held.state === 'gone' && this.get(keyOf(held.record))?.state !== 'gone') this.#ended += 1;
    this.#held.set(keyOf(held.record), held);
    this.#driven = undefined;
    this.changed();
  }

  /** What another leader wrote of it meanwhile. Its process stays the one that is known here. */
  note(record: HostRecord): void {
    const held = this.get(keyOf(record));
    if (held?.state !== 'running') return;
    const { pid, pidStartedAt } = held.record;
    this.put({ ...held, record: pid === null ? record : { ...record, pid, pidStartedAt } });
  }

  /** D13. Writes down what is known of a host; again, if something else is known of it by the time that it stands there. */
  async write(record: HostRecord, ledger: Pick<HostLedger, 'record'>): Promise<void> {
    const key = keyOf(record);
    this.doubted.add(key);
    await ledger.record(record);
    if (this.get(key)?.record === record) this.doubted.delete(key);
    else this.doubted.add(key); // this one came late, perhaps after the newer one
  }

  drop(key: string): void {
    if (!this.#held.delete(key)) return;
    this.#driven = undefined;
    this.changed();
  }

  driven(): readonly DrivenHost[] {
    this.#driven ??= this.all().map(({ record, state, spare }) => {
      const { instance, nonce, app, purpose, pid, pidStartedAt, createdAt, keptUntil = null } = record;
      const identity = { instance, nonce, app, pid, pidStartedAt, createdAt };
      return { ...identity, purpose, keptUntil, state, blank: spare !== undefined };
    });
    return this.#driven;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Tells nobody any more. */
  close(): void {
    this.#listeners.clear();
  }
}
