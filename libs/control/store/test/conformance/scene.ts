import type { Layout } from '@atlas/control-layout';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { ControlStore, HostStore, LeaseRow } from '../../src/index.ts';

/** One kind of coupling store under test. Stores of one harness share one truth. */
export interface Harness {
  /** A store as the switcher has it, over a connection of its own. */
  control(): ControlStore;
  /** A store as the host has it, over a connection of its own. */
  host(instance: string, nonce: string): HostStore;
  /** Lets time pass on the store's clock for whoever does not renew. */
  lapse(): Promise<void>;
  /** Sets the store's clock back, or all that is stamped ahead, which is the same. */
  setBack(ms: number): Promise<void>;
  /** A clean truth for the next test. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** What each test begins with: an empty store, and a switcher that leads. */
export class Scene {
  harness!: Harness;
  control!: ControlStore;
  /** The leader's. */
  token = 0;

  /** Registers the hooks of the group that it is called in. */
  constructor(open: () => Promise<Harness>) {
    beforeAll(async () => {
      this.harness = await open();
    });
    afterAll(() => this.harness?.close());
    beforeEach(async () => {
      await this.harness.reset();
      this.control = this.harness.control();
      this.token = await this.lead(this.control);
    });
  }

  async lead(store: ControlStore, holder = 'switcher-a'): Promise<number> {
    const leadership = await store.acquireLeadership(holder, 60_000);
    if (leadership === undefined) throw new Error('leadership was not granted');
    return leadership.token;
  }

  async proposed(layout: Layout): Promise<number> {
    const { committed } = await this.control.readState();
    const record = await this.control.propose(this.token, committed, layout);
    if (record === undefined) throw new Error('the proposal was refused');
    return record.epoch;
  }

  async inForce(layout: Layout): Promise<number> {
    const { committed } = await this.control.readState();
    const epoch = await this.proposed(layout);
    expect(await this.control.commit(this.token, committed, epoch)).toEqual({ outcome: 'committed' });
    return epoch;
  }

  async leaseRow(instance: string): Promise<LeaseRow | undefined> {
    return (await this.control.readState()).leases.find((lease) => lease.instance === instance);
  }
}
