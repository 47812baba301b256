/**
 * Hosts that something else runs on this machine (`nx run-many -t serve`): this driver starts and stops none of them.
 *
 * X1  It writes no host records: empty books tell hosts that nobody may call them orphans, so none exits because
 *     no layout names it. Records that a process driver left in this folder are struck off.
 * X2  A host is known from its first live lease on. It is gone when its pid is, or belongs to a later process; a lapsed
 *     lease proves nothing, for a debugger may hold the process.
 * X3  A host leaves the books only after the evidence of its end is in the store.
 * X4  How it ended only its parent knows: whoever ran it is given a moment to say so. Without a word the cause is
 *     `retired` when its lease said `leaving`, else `unknown`, which counts as possible poison: calls in flight then wait
 *     for another instance of the service, though the standby is there.
 */
import type { ExitRecord, HostRecord, LeaseRow } from '@atlas/control-store';
import { processStartTime, type EndNote } from '@atlas/platform-stack';
import { appOf, type Obstacle } from '../machine/index.ts';
import type { DrivenHost, HostLedger, RuntimeDriver } from '../ports/runtime-driver.ts';
import { passed } from '../passed.ts';
import { exitCause } from './exit-cause.ts';

export interface ExternalDriverOptions {
  /** App of leases whose kind is `bundle`. */
  readonly bundle: string;
  /** Command that, followed by the name of an app, starts it. */
  readonly command: string;
  readonly ledger: HostLedger;
  /** What its runner said of its end; undefined: nothing (yet). Absent: hosts have no runner that would. */
  readonly endOf?: (instance: string, nonce: string) => Promise<EndNote | undefined>;
  /** One line for the log. */
  readonly say: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

/** How often the processes are looked after, ms. */
const WATCH_EVERY_MS = 250;
/** How long a runner may take to say how its process ended, ms (X4): it does so in the moment it learns it. */
const WORD_WITHIN_MS = 1_500;

const keyOf = ({ instance, nonce }: { instance: string; nonce: string }): string => `${instance}:${nonce}`;

export class ExternalDriver implements RuntimeDriver {
  readonly #options: ExternalDriverOptions;
  readonly #obstacle: Obstacle;
  readonly #held = new Map<string, DrivenHost>();
  /** Instance and nonce → when its process was first missed, ms, monotonic; and what its runner said of that. */
  readonly #missed = new Map<string, { readonly at: number; readonly end: EndNote | undefined }>();
  readonly #listeners = new Set<() => void>();
  #watch: NodeJS.Timeout | undefined;
  #ended = 0;

  constructor(options: ExternalDriverOptions) {
    this.#options = options;
    const detail = "hosts are not the switcher's here; run";
    this.#obstacle = { code: 'host_missing', detail, command: options.command };
  }

  get ended(): number {
    return this.#ended;
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
  async open(): Promise<void> {}
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
      state: 'running', // also one that has ended by now: its runner is asked how (X4)
    });
  }

  async #lookAfter(): Promise<void> {
    for (const host of [...this.#held.values()]) {
      if (host.state === 'gone' || (await this.#lives(host)) || !(await this.#isExplained(host))) continue;
      if (this.#held.has(keyOf(host))) this.#put({ ...host, state: 'gone' });
    }
  }

  /** X4: its runner has said how it ended, or will not. */
  async #isExplained(host: DrivenHost): Promise<boolean> {
    const { endOf } = this.#options;
    if (endOf === undefined) return true;
    const at = this.#missed.get(keyOf(host))?.at ?? performance.now();
    const end = await endOf(host.instance, host.nonce);
    this.#missed.set(keyOf(host), { at, end });
    return end !== undefined || performance.now() - at >= WORD_WITHIN_MS;
  }

  async #lives({ pid, pidStartedAt }: DrivenHost): Promise<boolean> {
    return pid !== null && (await processStartTime(pid)) === pidStartedAt;
  }

  /** X3. */
  async #strike(host: DrivenHost): Promise<void> {
    const { instance, nonce } = host;
    const cause = this.#causeOf(host);
    await this.#options.ledger.ended({ instance, nonce, cause });
    this.#options.say('host ended', { instance, nonce, cause });
    this.#held.delete(keyOf(host));
    this.#missed.delete(keyOf(host));
    this.#changed();
  }

  /** X4. */
  #causeOf(host: DrivenHost): ExitRecord['cause'] {
    const { health, rssMb, memoryLimitMb } = this.#options.ledger.lastLease(host.instance, host.nonce) ?? {};
    const left = health === 'leaving';
    const end = this.#missed.get(keyOf(host))?.end;
    if (end === undefined) return left ? 'retired' : 'unknown';
    const { code, signal, asked } = end;
    return exitCause({ code, signal, asked: asked || left, hung: false, rssMb, memoryLimitMb });
  }

  standDown(): void {
    // Everything that it knows of goes on.
  }

  close(): void {
    clearInterval(this.#watch);
    this.#listeners.clear();
  }

  #put(host: DrivenHost): void {
    if (host.state === 'gone') this.#ended += 1;
    this.#held.set(keyOf(host), host);
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
