import { describe, expect, it } from 'vitest';
import { LEASE_MS, LONGEST_LOCK_MS } from '../../src/index.ts';
import { leaseOf } from '../samples.ts';
import type { Scene } from './scene.ts';

const HOUR_MS = 3_600_000;

export function clockConforms(at: Scene): void {
  describe('a clock that is set back (S12)', () => {
    it('gives a silent host one lease more, not an hour', async () => {
      await at.harness.host('shop-0', 'n').renewLease(leaseOf('shop-0'));
      await at.harness.setBack(HOUR_MS);
      expect((await at.leaseRow('shop-0'))?.live).toBe(true);
      await at.control.acquireLeadership('switcher-a', 60_000, at.token);
      const { leases, storeNow } = await at.control.readState();
      expect(leases[0]).toMatchObject({ live: true });
      expect(leases[0]?.renewedAt).toBeLessThanOrEqual(storeNow);
      expect(leases[0]?.renewedAt).toBeGreaterThan(storeNow - LEASE_MS);
    });

    it('lets a lead, and a lock, of somebody who is gone end a minute after somebody else asks', async () => {
      const other = at.harness.control();
      const ask = () =>
        Promise.all([other.acquireLeadership('switcher-b', 1_000), other.acquireLock('pump', 'b', 1_000)]);
      await other.acquireLock('pump', 'a', 10_000);
      await at.harness.setBack(HOUR_MS);
      expect(await ask()).toEqual([undefined, undefined]);
      await at.harness.setBack(-LONGEST_LOCK_MS);
      expect(await ask()).toMatchObject([{ holder: 'switcher-b' }, { token: 2 }]);
    });

    it('takes nothing from a leader that renews', async () => {
      await at.harness.setBack(HOUR_MS);
      const other = at.harness.control();
      expect(await other.acquireLeadership('switcher-b', 60_000)).toBeUndefined();
      expect(await at.control.acquireLeadership('switcher-a', 60_000, at.token)).toMatchObject({
        token: at.token,
      });
      expect(await other.acquireLeadership('switcher-b', 60_000)).toBeUndefined();
    });
  });
}
