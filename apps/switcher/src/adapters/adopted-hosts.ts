/** D4 of the process driver: hosts that an earlier switcher started, which are no children and end without telling us. */
import type { ExitRecord, HostRecord, LeaseRow } from '@atlas/control-store';
import { passed } from '../passed.ts';
import type { OperatingSystem } from '../ports/operating-system.ts';
import type { HostLedger } from '../ports/runtime-driver.ts';
import { keyOf, type Held, type HeldHosts } from './held-hosts.ts';

export interface AdoptedHostsOptions {
  readonly ledger: HostLedger;
  readonly system: OperatingSystem;
  readonly say: (message: string, details: Readonly<Record<string, unknown>>) => void;
  /** How long a recorded host without a pid may take to show a lease before it is given up, ms. */
  readonly unspawnedGraceMs: number;
  readonly ended: (record: HostRecord, cause: ExitRecord['cause']) => Promise<void>;
}

/** How often they are looked after, ms. */
const WATCH_EVERY_MS = 250;

/** Whether the process that has this host's pid, and started then, is the host: D2, also of one that is silent. */
const isOf = ({ pidStartedAt, live }: LeaseRow, startedAt: string): boolean =>
  pidStartedAt === undefined ? live : pidStartedAt === startedAt;

export class AdoptedHosts {
  readonly #options: AdoptedHostsOptions;
  readonly #held: HeldHosts;
  #watch: NodeJS.Timeout | undefined;
  #looking = false;
  #closed = false;

  constructor(options: AdoptedHostsOptions, held: HeldHosts) {
    this.#options = options;
    this.#held = held;
  }

  async adopt(record: HostRecord): Promise<void> {
    const { system, say, ended } = this.#options;
    await passed('driver.adopt');
    const { instance, nonce, pid } = record;
    this.#held.put({ record, state: 'running', own: false });
    const alive = pid === null || (await system.startTime(pid)) === record.pidStartedAt;
    say(alive ? 'host adopted' : 'recorded host is gone', { instance, nonce, pid });
    if (!alive) await ended(record, 'unknown');
  }

  /** Looks after them from now on. Harmless when called twice. */
  watch(): void {
    this.#watch ??= setInterval(() => void this.#look(), WATCH_EVERY_MS).unref();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#watch);
  }

  /** Never two looks at once: without a free file descriptor one waits. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      for (const held of this.#held.all()) {
        if (this.#closed) return;
        if (!held.own && held.state !== 'gone') await this.#lookAt(held);
      }
    } finally {
      this.#looking = false;
    }
  }

  async #lookAt(held: Held): Promise<void> {
    const { system, say, ended } = this.#options;
    const { instance, nonce, pid, pidStartedAt } = held.record;
    if (pid === null) return this.#find(held);
    if ((await system.startTime(pid)) === pidStartedAt) return;
    say('adopted host ended', { instance, nonce });
    const { record, state } = this.#now(held);
    await ended(record, state === 'stopping' ? 'retired' : 'unknown');
  }

  /** What is held of it after a wait, in which it may have been told to stop. */
  #now(held: Held): Held {
    return this.#held.get(keyOf(held.record)) ?? held;
  }

  /** D4, D1: the switcher died between record and spawn, or right after it. Its lease tells, or its silence does. */
  async #find(held: Held): Promise<void> {
    const { record } = held;
    const { ledger, system, say, unspawnedGraceMs, ended } = this.#options;
    const lease = ledger.lastLease(record.instance, record.nonce);
    const startedAt = lease === undefined ? undefined : await system.startTime(lease.pid);
    if (lease && startedAt !== undefined && isOf(lease, startedAt)) {
      const now = this.#now(held);
      const found = { ...now.record, pid: lease.pid, pidStartedAt: startedAt };
      this.#held.put({ ...now, record: found });
      say('host found by its lease', { instance: record.instance, nonce: record.nonce, pid: lease.pid });
      await this.#held.write(found, ledger).catch(() => undefined);
    } else if (Math.abs(ledger.now() - record.createdAt) > unspawnedGraceMs) {
      const refused = await ledger.refuse(record.instance, record.nonce).then(
        () => true,
        () => false,
      );
      if (refused) await ended(record, 'unknown');
    }
  }
}
