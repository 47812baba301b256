import type { HostStore, Lease } from '@atlas/control-store';
import type { Calm } from './calm.ts';
import type { Contact } from './contact.ts';
import type { AgentHost } from './options.ts';
import type { AgentRuntime } from './runtime.ts';

interface HeartbeatOptions {
  readonly store: HostStore;
  readonly host: AgentHost;
  readonly runtime: AgentRuntime;
  readonly contact: Contact;
  readonly calm: Calm;
  readonly now: () => number;
  /** There is more in the store than was read. */
  readonly onStir: () => void;
  /** Epochs that this host is ready for. */
  readonly acked: () => readonly number[];
  readonly onFenced: () => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Writes the host's lease.
 *
 * B1  A lease says what is true when it is sent; `closedThrough` and `acked` never run ahead of the runtime.
 * B2  News is sent at once, even while an earlier renewal is under way; regular renewals never pile up.
 * B3  Once fenced or stopped, nothing is written any more.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #health: Lease['health'] = 'starting';
  #underWay = 0;
  #newsQueued = false;
  #ended = false;
  #rssMb = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  get health(): Lease['health'] {
    return this.#health;
  }

  /** Says it at once; true when the store has taken it. */
  setHealth(health: Lease['health']): Promise<boolean> {
    this.#health = health;
    return this.renew();
  }

  /** Each `RENEW_EVERY_MS`. */
  beat(): void {
    if (this.#underWay === 0) void this.renew(this.#options.calm.known);
  }

  /** Something that others wait for has changed; several changes of one moment make one renewal. */
  news(): void {
    if (this.#newsQueued) return;
    this.#newsQueued = true;
    queueMicrotask(() => {
      this.#newsQueued = false;
      void this.renew();
    });
  }

  /** Never rejects; true when the store has taken the lease. @param known asks whether there is more than this */
  async renew(known?: number): Promise<boolean> {
    if (this.#ended) return false;
    const { store, contact, calm, now, onFenced, onStir, onFailure } = this.#options;
    const sentAt = now();
    this.#underWay += 1;
    try {
      const said = await store.renewLease(this.#lease(), known);
      if (said.fenced) {
        if (this.#end()) onFenced();
        return false;
      }
      contact.renewed(sentAt);
      if (said.calm) contact.read();
      if (known !== undefined && calm.said(said.calm, known) && !this.#ended) onStir();
      return true;
    } catch (error) {
      if (!this.#ended) onFailure(error);
      return false;
    } finally {
      this.#underWay -= 1;
    }
  }

  /** Stops, and gives the lease back as far as the store can be reached. */
  async close(): Promise<void> {
    if (!this.#end()) return;
    const { store, host } = this.#options;
    await store.releaseLease(host.instance, host.nonce).catch(() => undefined);
  }

  #end(): boolean {
    const first = !this.#ended;
    this.#ended = true;
    return first;
  }

  #lease(): Lease {
    const { host, runtime, acked } = this.#options;
    return {
      ...host,
      pid: process.pid,
      health: this.#health,
      acked: acked(),
      closedThrough: host.kind === 'bundle' ? (runtime.current ?? 1) - 1 : null,
      roots: runtime.openRoots(),
      rssMb: this.#residentMb(),
    };
  }

  /** Asking the system takes a file descriptor: without a free one the last answer counts, and the lease goes on. */
  #residentMb(): number {
    try {
      this.#rssMb = Math.round(process.memoryUsage.rss() / 2 ** 20);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code !== 'EMFILE' && code !== 'ENFILE') throw error;
    }
    return this.#rssMb;
  }
}
