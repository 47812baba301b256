/**
 * Hosts that something else runs on this machine (`nx run-many -t serve`): this driver starts and stops none of them.
 *
 * X1  It writes no host records: empty books tell hosts that nobody may call them orphans (§3), so none exits because
 *     no layout names it. Records that a process driver left in this folder are struck off.
 * X2  A host is known from its first live lease on. It is gone when its pid is, or belongs to a later process; a lapsed
 *     lease proves nothing, for a debugger may hold the process. Its end has cause `retired` when its lease said
 *     `leaving`, else `unknown`, which counts as possible poison.
 * X3  A host leaves the books only after the evidence of its end is in the store.
 */
import type { ExitRecord, HostRecord, LeaseRow } from '@atlas/control-store';
import { processStartTime } from '@atlas/platform-stack';
import { appOf, type Obstacle } from '../machine/index.ts';
import type { DrivenHost, HostLedger, RuntimeDriver } from '../ports/runtime-driver.ts';
import { passed } from '../passed.ts';

export interface ExternalDriverOptions {
  readonly apps: readonly string[];
  /** App of leases whose kind is `bundle`. */
  readonly bundle: string;
  /** Command that, followed by the name of an app, starts it. */
  readonly command: string;
  readonly ledger: HostLedger;
  /** One line for the log. */
  readonly say: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

/** How often the processes are looked after, ms. */
const WATCH_EVERY_MS = 250;

const keyOf = ({ instance, nonce }: { instance: string; nonce: string }): string => `${instance}:${nonce}`;

export class ExternalDriver implements RuntimeDriver {
  readonly kind = 'external';
  readonly apps: readonly string[];
  readonly #options: ExternalDriverOptions;
  readonly #obstacle: Obstacle;
  readonly #held = new Map<string, DrivenHost>();
  readonly #listeners = new Set<() => void>();
  #watch: NodeJS.Timeout | undefined;

  constructor(options: ExternalDriverOptions) {
    const { apps, command } = options;
    this.#options = options;
    this.apps = apps;
    this.#obstacle = { code: 'host_missing', detail: "hosts are not the switcher's here; run", command };
  }

  hosts(): readonly DrivenHost[] {
    return [...this.#held.values()];
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  obstacle(): Obstacle {
    return this.#obstacle;
  }

  /** None of these is this driver's to do, and the machine does not ask for it: no host counts as driven. */
  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  async keep(): Promise<void> {}
  async kill(): Promise<void> {}

  /** X1. */
  async adopt(records: readonly HostRecord[]): Promise<void> {
    for (const record of records) {
      await passed('driver.adopt');
      this.#options.say('record of a process driver struck off', { ...record });
      await this.#options.ledger.ended({ ...record, cause: 'unknown' });
    }
    this.#watch ??= setInterval(() => void this.#lookAfter(), WATCH_EVERY_MS).unref();
  }

  /** Takes in hosts that have shown themselves, and writes down the ends of others. */
  async settle(): Promise<void> {
    for (const lease of this.#options.ledger.leases()) {
      if (lease.live && !this.#held.has(keyOf(lease))) await this.#meet(lease);
    }
    await this.#lookAfter();
    for (const host of this.#held.values()) if (host.state === 'gone') await this.#strike(host);
  }

  /** X2. */
  async #meet(lease: LeaseRow): Promise<void> {
    const { instance, nonce, pid } = lease;
    const startedAt = await processStartTime(pid);
    this.#options.say('host found by its lease', { instance, nonce, pid });
    this.#put({
      instance,
      nonce,
      app: lease.kind === 'bundle' ? this.#options.bundle : appOf(instance),
      purpose: 'serving',
      keptUntil: null,
      createdAt: null,
      pid,
      pidStartedAt: startedAt ?? null,
      state: startedAt === undefined ? 'gone' : 'running',
    });
  }

  async #lookAfter(): Promise<void> {
    for (const host of [...this.#held.values()]) {
      if (host.state === 'gone' || (await this.#lives(host))) continue;
      if (this.#held.has(keyOf(host))) this.#put({ ...host, state: 'gone' });
    }
  }

  async #lives({ pid, pidStartedAt }: DrivenHost): Promise<boolean> {
    return pid !== null && (await processStartTime(pid)) === pidStartedAt;
  }

  /** X3. */
  async #strike(host: DrivenHost): Promise<void> {
    const { instance, nonce } = host;
    const left = this.#options.ledger.lastLease(instance, nonce)?.health === 'leaving';
    const cause: ExitRecord['cause'] = left ? 'retired' : 'unknown';
    await this.#options.ledger.ended({ instance, nonce, cause });
    this.#options.say('host ended', { instance, nonce, cause });
    this.#held.delete(keyOf(host));
    this.#changed();
  }

  close(): void {
    clearInterval(this.#watch);
    this.#listeners.clear();
  }

  #put(host: DrivenHost): void {
    this.#held.set(keyOf(host), host);
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
