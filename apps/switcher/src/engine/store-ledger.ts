import type { ControlStore, HostRecord, LeaseRow, StoreState } from '@atlas/control-store';
import type { HostLedger } from '../ports/runtime-driver.ts';
import type { Leadership } from './leadership.ts';

/** The driver's books in the coupling store, written under the leader token; leases as the engine last saw them. */
export class StoreLedger implements HostLedger {
  readonly #store: ControlStore;
  readonly #leadership: Leadership;
  readonly #clock: () => number;
  readonly #leases = new Map<string, LeaseRow>();
  #offset = 0;
  #writes = 0;

  /** @param clock monotonic, ms. */
  constructor(store: ControlStore, leadership: Leadership, clock: () => number) {
    this.#store = store;
    this.#leadership = leadership;
    this.#clock = clock;
  }

  /** Remembers leases until their host is struck off: a dead host's last memory tells why it died. */
  saw(state: StoreState): void {
    this.#offset = state.storeNow - this.#clock();
    for (const lease of state.leases) this.#leases.set(`${lease.instance}:${lease.nonce}`, lease);
    for (const { instance, nonce } of state.exits) this.#leases.delete(`${instance}:${nonce}`); // by another leader
  }

  now(): number {
    return Math.round(this.#clock() + this.#offset);
  }

  leads(): boolean {
    return this.#leadership.held;
  }

  lastLease(instance: string, nonce: string): LeaseRow | undefined {
    return this.#leases.get(`${instance}:${nonce}`);
  }

  leases(): readonly LeaseRow[] {
    return [...this.#leases.values()];
  }

  async record(host: HostRecord): Promise<void> {
    await this.#write(this.#leadership.token(), host);
  }

  async orderStop(host: HostRecord): Promise<void> {
    const token = this.#leadership.token();
    await this.#write(token, { ...host, stopOrder: token });
  }

  /** Numbered, so that one which is given up and arrives late undoes none that came after it. */
  #write(token: number, host: HostRecord): Promise<void> {
    this.#writes += 1;
    return this.#store.recordHost(token, host, this.#writes);
  }

  async refuse(instance: string, nonce: string): Promise<void> {
    await this.#store.fence(this.#leadership.token(), instance, nonce);
  }

  async forget(instance: string, nonce: string): Promise<void> {
    await this.#store.forgetHost(this.#leadership.token(), instance, nonce);
  }

  async ended(exit: Parameters<HostLedger['ended']>[0]): Promise<void> {
    const { instance, nonce } = exit;
    await this.#store.recordExit(this.#leadership.token(), exit);
    await this.#store.forgetHost(this.#leadership.token(), instance, nonce);
    this.#leases.delete(`${instance}:${nonce}`);
  }
}
