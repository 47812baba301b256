import { inject, describe, expect, it, vi } from 'vitest';
import { createPostgresStore } from '../src/index.ts';
import { makeCouplingDatabase } from '../src/testing/index.ts';
import { leaseOf } from './samples.ts';

describe('hints in Postgres', () => {
  it("tell no host of others' acks: n hosts would read n leases for each of n acks", async () => {
    const database = await makeCouplingDatabase(inject('postgresUrl'));
    const host = createPostgresStore({ url: database.hostUrl, role: 'host', applicationName: 'a' });
    const control = createPostgresStore({ url: database.switcherUrl, role: 'control' });
    try {
      await Promise.all([host.readState(), control.readState()]);
      let told = 0;
      let ledTold = 0;
      host.watch(() => (told += 1));
      control.watch(() => (ledTold += 1));
      await control.renewLease(leaseOf('cart-0'));
      await vi.waitFor(() => expect([told, ledTold]).toEqual([1, 1]));
      for (let epoch = 1; epoch <= 5; epoch += 1)
        await control.renewLease(leaseOf('cart-0', { acked: [epoch] }));
      await control.renewLease(leaseOf('cart-0', { acked: [5], health: 'leaving' }));
      await vi.waitFor(() => expect([told, ledTold]).toEqual([2, 7]));
    } finally {
      await host.close();
      await control.close();
      await database.close();
    }
  });
});
