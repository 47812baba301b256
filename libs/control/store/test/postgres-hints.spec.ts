import { inject, describe, expect, it, vi } from 'vitest';
import { createPostgresStore } from '../src/index.ts';
import { makeCouplingDatabase } from '../src/testing/index.ts';
import { leaseOf, tight } from './samples.ts';

describe('hints in Postgres', () => {
  it("tell no host of others' acks, and the switcher of the last one only: each notification wakes every listener", async () => {
    const database = await makeCouplingDatabase(inject('postgresUrl'));
    const host = createPostgresStore({ url: database.hostUrl, role: 'host', applicationName: 'a' });
    const control = createPostgresStore({ url: database.switcherUrl, role: 'control' });
    const names = Array.from({ length: 8 }, (_, n) => `cart-${n}`);
    const stores = names.map(() => createPostgresStore({ url: database.hostUrl, role: 'host' }));
    try {
      // Connected before the first lease: of one that lapses meanwhile no ack is waited for.
      await Promise.all([host, control, ...stores].map((store) => store.readState()));
      let told = 0;
      let ledTold = 0;
      host.watch(() => (told += 1));
      control.watch(() => (ledTold += 1));
      await control.renewLease(leaseOf('cart-0'));
      await vi.waitFor(() => expect([told, ledTold]).toEqual([1, 1]));
      const { token = 0 } = (await control.acquireLeadership('switcher', 60_000)) ?? {};
      for (const name of names.slice(1)) await control.renewLease(leaseOf(name));
      const { epoch = 0 } = (await control.propose(token, 0, tight)) ?? {};
      await vi.waitFor(() => expect([told, ledTold]).toEqual([9, 9]));
      await Promise.all(
        stores.map((store, n) => store.renewLease(leaseOf(names[n] ?? '', { acked: [epoch] }))),
      );
      await Promise.all(stores.map((store) => store.close()));
      await vi.waitFor(() => expect([told, ledTold]).toEqual([9, 10]));
      expect((await control.commit(token, 0, epoch)).outcome).toBe('committed');
      await vi.waitFor(() => expect([told, ledTold]).toEqual([10, 11]));
      await control.renewLease(leaseOf('cart-0', { acked: [] }));
      await control.renewLease(leaseOf('cart-0', { acked: [], health: 'leaving' }));
      await vi.waitFor(() => expect([told, ledTold]).toEqual([11, 12]));
    } finally {
      await host.close();
      await control.close();
      await database.close();
    }
  });
});
