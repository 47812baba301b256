import { describe, expect, it } from 'vitest';
import { assertEventually, leaseOf, tight } from '../samples.ts';
import type { Scene } from './scene.ts';

export function leasesConform(at: Scene): void {
  describe('leases and the commit check (S3)', () => {
    it('shows a lease as its host wrote it, live and on its own clock', async () => {
      const host = at.harness.host('shop-0', 'shop-0-nonce');
      const lease = leaseOf('shop-0', { acked: [4, 5], closedThrough: 4, roots: { '4': 2 } });
      const { fenced, storeNow } = await host.renewLease(lease);
      expect(fenced).toBe(false);
      const row = await at.leaseRow('shop-0');
      expect(row).toMatchObject({ ...lease, live: true });
      expect(Math.abs((row?.renewedAt ?? 0) - storeNow)).toBeLessThan(1_000);
    });

    it('does not commit before every live lease has acked', async () => {
      const host = at.harness.host('shop-0', 'shop-0-nonce');
      await host.renewLease(leaseOf('shop-0'));
      const epoch = await at.proposed(tight);
      expect(await at.control.commit(at.token, 0, epoch)).toEqual({
        outcome: 'not_acked',
        missing: ['shop-0'],
      });
      expect((await at.control.readState()).committed).toBe(0);
      await host.renewLease(leaseOf('shop-0', { acked: [epoch] }));
      expect(await at.control.commit(at.token, 0, epoch)).toEqual({ outcome: 'committed' });
    });

    it('prepares again when a newcomer appears between prepare and commit', async () => {
      const epoch = await at.proposed(tight);
      await at.harness.host('shop-0', 'shop-0-nonce').renewLease(leaseOf('shop-0', { acked: [epoch] }));
      const newcomer = at.harness.host('shop-1', 'shop-1-nonce');
      await newcomer.renewLease(leaseOf('shop-1', { health: 'starting' }));
      expect(await at.control.commit(at.token, 0, epoch)).toEqual({
        outcome: 'not_acked',
        missing: ['shop-1'],
      });
      await newcomer.renewLease(leaseOf('shop-1', { acked: [epoch] }));
      expect(await at.control.commit(at.token, 0, epoch)).toEqual({ outcome: 'committed' });
    });

    it('does not wait for a host that is leaving', async () => {
      await at.harness.host('shop-0', 'n').renewLease(leaseOf('shop-0', { health: 'leaving' }));
      expect(await at.control.commit(at.token, 0, await at.proposed(tight))).toEqual({
        outcome: 'committed',
      });
    });

    it('stops waiting for a silent host when its lease lapses, but keeps its row', async () => {
      await at.harness.host('shop-0', 'n').renewLease(leaseOf('shop-0'));
      const epoch = await at.proposed(tight);
      await at.harness.lapse();
      await assertEventually(async () =>
        expect(await at.control.commit(at.token, 0, epoch)).toEqual({ outcome: 'committed' }),
      );
      expect(await at.leaseRow('shop-0')).toMatchObject({ live: false });
    });

    it('is freed at once by evidence of an exit, which stands', async () => {
      const host = at.harness.host('shop-0', 'shop-0-nonce');
      await host.renewLease(leaseOf('shop-0'));
      const epoch = await at.proposed(tight);
      await at.control.recordExit(at.token, { instance: 'shop-0', nonce: 'shop-0-nonce', cause: 'signal' });
      await at.control.recordExit(at.token, { instance: 'shop-0', nonce: 'shop-0-nonce', cause: 'unknown' });
      expect(await at.control.commit(at.token, 0, epoch)).toEqual({ outcome: 'committed' });
      const state = await host.readState();
      expect(state.exits).toMatchObject([{ instance: 'shop-0', nonce: 'shop-0-nonce', cause: 'signal' }]);
      expect(state.leases).toEqual([]);
    });

    it('gives no lease to a process that has exited or was fenced, but to its successor (S7)', async () => {
      await at.control.recordExit(at.token, { instance: 'shop-0', nonce: 'a', cause: 'exit' });
      await at.control.fence(at.token, 'shop-0', 'b');
      for (const [nonce, fenced] of [
        ['a', true],
        ['b', true],
        ['c', false],
      ] as const) {
        const lease = leaseOf('shop-0', { nonce });
        expect(await at.harness.host('shop-0', nonce).renewLease(lease)).toMatchObject({ fenced });
      }
      expect((await at.control.readState()).leases.map((lease) => lease.nonce)).toEqual(['c']);
    });

    it('forgets a lease that is given back, and only of that process', async () => {
      const host = at.harness.host('shop-0', 'shop-0-nonce');
      await host.renewLease(leaseOf('shop-0'));
      await host.releaseLease('shop-0', 'another');
      expect(await at.leaseRow('shop-0')).toBeDefined();
      await host.releaseLease('shop-0', 'shop-0-nonce');
      expect(await at.leaseRow('shop-0')).toBeUndefined();
    });
  });
}
