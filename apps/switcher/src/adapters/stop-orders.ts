/** D2, D6 and D8 to D12 of the process driver: how a host is told to stop, and how one that hangs is ended. */
import { LEASE_MS, type HostRecord } from '@atlas/control-store';
import { passed } from '../passed.ts';
import type { OperatingSystem } from '../ports/operating-system.ts';
import type { HostLedger } from '../ports/runtime-driver.ts';
import { keyOf, type HeldHosts } from './held-hosts.ts';

export interface StopOrdersOptions {
  readonly ledger: HostLedger;
  readonly system: OperatingSystem;
  readonly say: (message: string, details: Readonly<Record<string, unknown>>) => void;
  /** After so long one that was told to stop is killed, ms. */
  readonly deadlineMs: number;
}

/** A host whose renewals lie further apart stood still between them, or was cut off, ms. */
const GAP_MS = LEASE_MS - 1_000;

/** What a host was told; on the store's clock, ms. */
interface Order {
  at: number;
  /** Since when it has renewed its lease without a gap, and when it last did; undefined: not since the order. */
  heard?: { readonly since: number; readonly last: number } | undefined;
  readonly killer: NodeJS.Timeout;
}

export class StopOrders {
  readonly #options: StopOrdersOptions;
  readonly #held: HeldHosts;
  readonly #orders = new Map<string, Order>();

  constructor(options: StopOrdersOptions, held: HeldHosts) {
    this.#options = options;
    this.#held = held;
  }

  async stop(instance: string, nonce: string): Promise<void> {
    const { ledger, say, deadlineMs } = this.#options;
    const held = this.#held.get(keyOf({ instance, nonce }));
    if (held?.state !== 'running' || held.record.pid === null) return;
    const { ended } = this.#held;
    await passed('driver.stop');
    this.#held.put({ ...held, state: 'stopping' });
    try {
      await ledger.orderStop(held.record); // D9
    } catch (error) {
      this.#held.doubted.add(keyOf(held.record)); // D12
      this.lapse(keyOf(held.record));
      throw error;
    }
    // It ended by itself meanwhile, and was struck off: by no means is it to be on the books again.
    const still = this.#held.get(keyOf(held.record))?.state;
    if (still === undefined) return ledger.forget(instance, nonce);
    if (still !== 'stopping') return;
    if (this.#held.ended !== ended) {
      this.#held.doubted.add(keyOf(held.record)); // D10
      this.lapse(keyOf(held.record));
      return this.#strikeOut();
    }
    say('host told to stop', { instance, nonce });
    const killer = setTimeout(() => void this.#order(held.record, 'SIGKILL'), deadlineMs).unref();
    this.#orders.set(keyOf(held.record), { at: ledger.now(), killer });
    await this.#order(held.record, 'SIGTERM');
  }

  /** D12. One that was ordered anew meanwhile is to stop. */
  async #strikeOut(): Promise<void> {
    for (const key of this.#held.doubted) {
      const held = this.#held.get(key);
      if (held?.state === 'running') await this.#held.write(held.record, this.#options.ledger);
      else this.#held.doubted.delete(key);
    }
  }

  /** D11, D12. Rejects when it cannot be written down: then it is tried again at the next call. */
  async settle(): Promise<void> {
    const { ledger, say } = this.#options;
    await this.#strikeOut();
    for (const [key, order] of [...this.#orders]) {
      const record = this.#held.get(key)?.record;
      if (record === undefined || !this.#goesOn(record, order)) continue;
      const { instance, nonce } = record;
      await ledger.record(record);
      this.lapse(key);
      say('host goes on though it was told to stop: the order is taken back', { instance, nonce });
    }
  }

  /**
   * It has had a lease's time to follow the order, and says anything but that it leaves. An older lease says nothing, and
   * the first one of a host that stood still was sent before it could look.
   */
  #goesOn({ instance, nonce }: HostRecord, order: Order): boolean {
    const { ledger } = this.#options;
    if (order.at > ledger.now()) {
      order.at = ledger.now(); // the clock was set back
      order.heard = undefined;
    }
    const lease = ledger.lastLease(instance, nonce);
    if (lease === undefined || lease.health === 'leaving' || lease.renewedAt < order.at) return false;
    const { heard } = order;
    const last = lease.renewedAt;
    const since = heard && last - heard.last <= GAP_MS ? heard.since : last;
    order.heard = { since, last };
    return last >= since + LEASE_MS;
  }

  async kill(instance: string, nonce: string): Promise<void> {
    const { ledger, say } = this.#options;
    const held = this.#held.get(keyOf({ instance, nonce }));
    if (!held || held.state === 'gone') return;
    const { pid } = held.record;
    if (!held.hung) {
      say('host hangs; it is killed', { instance, nonce, pid });
      this.#held.put({ ...held, hung: true });
    }
    await passed('driver.kill');
    await ledger.refuse(instance, nonce); // D8
    await this.#signal(held.record, 'SIGKILL');
  }

  /** An order that was given under an earlier lead, or never got into the books, or was taken back. */
  lapse(key: string): void {
    this.over(key);
    const held = this.#held.get(key);
    if (held?.state === 'stopping') this.#held.put({ ...held, state: 'running' });
  }

  /** D6. */
  lapseAll(): void {
    for (const { record } of this.#held.all()) this.lapse(keyOf(record));
  }

  /** D10: a host of this app has ended. Those that leave already do so. */
  spareReserves(app: string): void {
    for (const { record, state } of this.#held.all()) {
      if (record.app !== app || record.purpose !== 'reserve' || state !== 'stopping') continue;
      if (this.#options.ledger.lastLease(record.instance, record.nonce)?.health === 'leaving') continue;
      this.#held.doubted.add(keyOf(record));
      this.lapse(keyOf(record));
    }
  }

  /** The host has ended: nobody is to be killed any more. */
  over(key: string): void {
    clearTimeout(this.#orders.get(key)?.killer);
    this.#orders.delete(key);
  }

  close(): void {
    for (const { killer } of this.#orders.values()) clearTimeout(killer);
  }

  /** A signal to a host that is to stop. D6: it lapses when this switcher leads no more. */
  async #order(record: HostRecord, signal: NodeJS.Signals): Promise<void> {
    if ((await this.#signal(record, signal)) || this.#options.ledger.leads()) return;
    this.lapse(keyOf(record));
  }

  /** D2, D6. Whether it was sent. */
  async #signal({ pid, pidStartedAt }: HostRecord, signal: NodeJS.Signals): Promise<boolean> {
    if (pid === null || pidStartedAt === null) return false;
    const { system, ledger } = this.#options;
    return system.signal({ pid, startTime: pidStartedAt }, signal, () => ledger.leads());
  }
}
