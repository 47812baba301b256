import { describe, expect, it } from 'vitest';
import type { Hint, HostRecord, Lease } from '../../src/index.ts';
import { assertEventually, leaseOf, tight } from '../samples.ts';
import type { Scene } from './scene.ts';

export function hintsConform(at: Scene): void {
  describe('hints', () => {
    it('tell hosts of newcomers, proposals, commits and exits, but not of what none of them waits for', async () => {
      const host = at.harness.host('shop-0', 'shop-0-nonce');
      await host.readState();
      const hints: Hint[] = [];
      host.watch((hint) => hints.push(hint));
      const hinted = async (change: () => Promise<unknown>): Promise<void> => {
        const before = hints.length;
        await change();
        await assertEventually(() => expect(hints.length).toBeGreaterThan(before));
      };
      const acked = (epoch: number): Lease => leaseOf('shop-0', { acked: [epoch] });
      const committed = async (from: number): Promise<number> => {
        let epoch = 0;
        await hinted(async () => (epoch = await at.proposed(tight)));
        await host.renewLease(acked(epoch));
        await hinted(() => at.control.commit(at.token, from, epoch, ['cart']));
        return epoch;
      };
      await hinted(() => host.renewLease(leaseOf('shop-0')));
      const first = await committed(0);
      expect(hints.at(-1)).toBe('in-force');
      const second = await committed(first);
      const before = hints.length;
      await at.control.endTrial(at.token, second);
      await at.control.markDrained(at.token, first);
      await host.readState();
      expect(hints.slice(before)).toEqual([]);
      await hinted(() => at.control.recordExit(at.token, { instance: 'x', nonce: 'y', cause: 'exit' }));
      await hinted(() => host.renewLease(leaseOf('shop-0', { health: 'leaving' })));
      expect(hints.at(-1)).toBe('news');
    });

    it('tell a bundle in reserve that it is none any more, and nobody of other purposes', async () => {
      const host = at.harness.host('shop-1', 'n');
      await host.readState();
      const hints: Hint[] = [];
      host.watch((hint) => hints.push(hint));
      const record = { instance: 'shop-1', nonce: 'n', app: 'shop', pid: 1, pidStartedAt: 's', createdAt: 1 };
      const recorded = (purpose: HostRecord['purpose']): Promise<void> =>
        at.control.recordHost(at.token, { ...record, purpose }, 1);
      await recorded('reserve');
      await recorded('reserve');
      expect((await host.readState()).hosts).toMatchObject([{ purpose: 'reserve' }]);
      expect(hints).toEqual([]);
      await recorded('serving');
      await assertEventually(() => expect(hints).toEqual(['news']));
      await recorded('keep_warm');
      await host.readState();
      expect(hints).toEqual(['news']);
    });

    it('are news for hosts, that a renewal tells of whoever knows less', async () => {
      const host = at.harness.host('shop-0', 'shop-0-nonce');
      const lease = leaseOf('shop-0');
      await host.renewLease(lease);
      const { news } = await host.readState();
      const calm = async (known?: number): Promise<boolean> => (await host.renewLease(lease, known)).calm;
      expect([await calm(), await calm(news - 1), await calm(news)]).toEqual([false, false, true]);
      await at.control.acquireLock('x', 'y', 1_000);
      expect(await calm(news)).toBe(true);
      await at.proposed(tight);
      expect(await calm(news)).toBe(false);
      const { news: more } = await host.readState();
      expect(more).toBeGreaterThan(news);
      expect(await calm(more)).toBe(true);
      await at.harness.host('cart-0', 'cart-0-nonce').renewLease(leaseOf('cart-0'));
      expect(await calm(more)).toBe(false);
    });

    it('tell the switcher of acks and closed epochs besides, but not of plain renewals', async () => {
      const host = at.harness.host('shop-0', 'shop-0-nonce');
      await at.control.readState();
      let hints = 0;
      const stop = at.control.watch(() => {
        hints += 1;
      });
      const hinted = async (change: () => Promise<unknown>): Promise<void> => {
        const before = hints;
        await change();
        await assertEventually(() => expect(hints).toBeGreaterThan(before));
      };
      let epoch = 0;
      await hinted(() => host.renewLease(leaseOf('shop-0')));
      await hinted(async () => {
        epoch = await at.proposed(tight);
      });
      const acked = leaseOf('shop-0', { acked: [epoch] });
      await hinted(() => host.renewLease(acked));
      await hinted(() => at.control.commit(at.token, 0, epoch));
      await hinted(() => host.renewLease({ ...acked, closedThrough: 0 }));
      const before = hints;
      await host.renewLease({ ...acked, closedThrough: 0, rssMb: 7, roots: { [epoch]: 3 } });
      await host.renewLease({ ...acked, closedThrough: 0, rssMb: 8, roots: { [epoch]: 4 } });
      await at.control.readState();
      expect(hints).toBe(before);
      await hinted(() => at.control.recordExit(at.token, { instance: 'x', nonce: 'y', cause: 'exit' }));
      stop();
      const stopped = hints;
      await at.control.fence(at.token, 'x', 'z');
      await at.control.readState();
      expect(hints).toBe(stopped);
    });
  });
}
