import { createMemoryStore, memoryState } from '@atlas/control-store';
import { expect, it } from 'vitest';
import { Leadership } from '../src/engine/leadership.ts';
import { StoreLedger } from '../src/engine/store-ledger.ts';
import { lease } from './observations.ts';

it('forgets what a host said of itself once another leader has written down its end', async () => {
  const store = createMemoryStore({ clock: () => 1_000, state: memoryState() });
  const [leads, waits] = ['a', 'b'].map((holder) => new Leadership(store, holder, () => 0));
  if (!leads || !waits) throw new Error('two');
  await leads.keep();
  const standby = new StoreLedger(store, waits, () => 0);
  await store.renewLease(lease('cart-0'));
  standby.saw(await store.readState());
  expect(standby.leases()).toHaveLength(1);
  await store.releaseLease('cart-0', 'cart-0');
  standby.saw(await store.readState());
  expect(standby.lastLease('cart-0', 'cart-0')).toBeDefined();
  await new StoreLedger(store, leads, () => 0).ended({
    instance: 'cart-0',
    nonce: 'cart-0',
    cause: 'retired',
  });
  standby.saw(await store.readState());
  expect(standby.leases()).toEqual([]);
});
