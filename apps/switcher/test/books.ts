import type { ExitRecord, HostRecord, LeaseRow } from '@atlas/control-store';
import type { HostLedger } from '../src/ports/runtime-driver.ts';

/** The books, in memory: they outlive a driver, and can be out of reach. */
export class Books implements HostLedger {
  readonly records = new Map<string, HostRecord>();
  readonly history: HostRecord[] = [];
  readonly exits: Omit<ExitRecord, 'at'>[] = [];
  readonly refused: string[] = [];
  /** Nonces of hosts that were ordered to stop. */
  readonly orders: string[] = [];
  readonly leaseRows = new Map<string, LeaseRow>();
  away = false;
  /** The store answers, but another switcher leads. */
  superseded = false;
  #check(): void {
    if (this.away) throw new Error('the store is away');
    if (this.superseded) throw new Error('another switcher leads');
  }
  async record(host: HostRecord): Promise<void> {
    this.#check();
    this.history.push(host);
    this.records.set(host.nonce, host);
  }
  async orderStop(host: HostRecord): Promise<void> {
    this.#check();
    this.orders.push(host.nonce);
    this.records.set(host.nonce, { ...host, stopOrder: 1 });
  }
  async forget(_instance: string, nonce: string): Promise<void> {
    this.#check();
    this.records.delete(nonce);
  }
  async ended(exit: Omit<ExitRecord, 'at'>): Promise<void> {
    this.#check();
    this.exits.push(exit);
    this.records.delete(exit.nonce);
    this.leaseRows.delete(exit.nonce);
  }
  async refuse(_instance: string, nonce: string): Promise<void> {
    this.#check();
    this.refused.push(nonce);
  }
  lastLease(_instance: string, nonce: string): LeaseRow | undefined {
    return this.leaseRows.get(nonce);
  }
  leases(): readonly LeaseRow[] {
    return [...this.leaseRows.values()];
  }
  now(): number {
    return Date.now();
  }
  leads(): boolean {
    return !this.away && !this.superseded;
  }
}

/** A live lease of a service. */
export const lease = (
  { instance, nonce }: Pick<HostRecord, 'instance' | 'nonce'>,
  pid: number,
  rssMb = 80,
): LeaseRow => ({
  instance,
  nonce,
  kind: 'service',
  modules: ['cart'],
  rpc: '127.0.0.1:1',
  metricsUrl: null,
  pid,
  build: 'b',
  contractHash: 'c',
  health: 'ready',
  acked: [],
  closedThrough: null,
  roots: {},
  rssMb,
  memoryLimitMb: 512,
  renewedAt: 0,
  live: true,
});
