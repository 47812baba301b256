import { describe, expect, it } from 'vitest';
import { StaleLeaderError } from '../../src/index.ts';
import { hybrid, tight } from '../samples.ts';
import type { Scene } from './scene.ts';

export function leadershipConforms(at: Scene): void {
  describe('leadership (S5)', () => {
    it('goes to one switcher at a time; the at.token is kept by renewals', async () => {
      const other = at.harness.control();
      expect(await other.acquireLeadership('switcher-b', 1_000)).toBeUndefined();
      expect(await at.control.acquireLeadership('switcher-a', 60_000)).toBeUndefined();
      expect(await at.control.acquireLeadership('switcher-a', 60_000, at.token)).toMatchObject({
        token: at.token,
      });
    });

    it('passes with a higher at.token, and refuses every write of the former leader', async () => {
      const epoch = await at.proposed(tight);
      await at.control.acquireLeadership('switcher-a', 0, at.token);
      const other = at.harness.control();
      const next = await at.lead(other, 'switcher-b');
      expect(next).toBeGreaterThan(at.token);
      const row = { id: 's', version: 1, state: {}, open: true };
      const host = {
        instance: 'cart-0',
        nonce: 'n',
        app: 'cart',
        pid: null,
        pidStartedAt: null,
        createdAt: 1,
        purpose: 'serving',
      } as const;
      const writes = [
        () => at.control.propose(at.token, 0, tight),
        () => at.control.withdraw(at.token, epoch),
        () => at.control.commit(at.token, 0, epoch),
        () => at.control.markDrained(at.token, epoch),
        () => at.control.saveSwitch(at.token, row),
        () => at.control.saveAutonomy(at.token, { version: 1, state: {} }),
        () => at.control.recordHost(at.token, host, 1),
        () => at.control.forgetHost(at.token, 'cart-0', 'n'),
        () => at.control.recordExit(at.token, { instance: 'cart-0', nonce: 'n', cause: 'exit' }),
        () => at.control.fence(at.token, 'cart-0', 'n'),
        () => at.control.appendAudit(at.token, { event: 'late' }),
      ];
      for (const write of writes) await expect(write()).rejects.toBeInstanceOf(StaleLeaderError);
      expect(await other.readState()).toMatchObject({
        committed: 0,
        prepared: epoch,
        exits: [],
        hosts: [],
      });
      expect(await other.readAudit({ after: 0, limit: 1 })).toEqual([]);
      expect(await other.readAutonomy()).toBeUndefined();
      expect(await at.control.acquireLeadership('switcher-a', 1_000, at.token)).toBeUndefined();
      expect(await other.commit(next, 0, epoch)).toEqual({ outcome: 'committed' });
    });

    it('refuses a at.token that was never granted', async () => {
      await expect(at.control.propose(at.token + 1, 0, tight)).rejects.toBeInstanceOf(StaleLeaderError);
    });

    it('lets exactly one of two racing commits and one of two racing proposals win (S2)', async () => {
      const other = at.harness.control();
      const proposals = await Promise.all([
        at.control.propose(at.token, 0, tight),
        other.propose(at.token, 0, hybrid),
      ]);
      const won = proposals.filter((record) => record !== undefined);
      expect(won).toHaveLength(1);
      const epoch = won[0]?.epoch ?? 0;
      const commits = await Promise.all([
        at.control.commit(at.token, 0, epoch),
        other.commit(at.token, 0, epoch),
      ]);
      expect(commits.map((commit) => commit.outcome).sort()).toEqual(['committed', 'conflict']);
      expect((await at.control.readState()).liveEpochs).toEqual([epoch]);
    });

    it('never lets a leader commit after another has taken over, whoever is faster', async () => {
      const epoch = await at.proposed(tight);
      await at.control.acquireLeadership('switcher-a', 0, at.token);
      const other = at.harness.control();
      const [commit, taken] = await Promise.allSettled([
        at.control.commit(at.token, 0, epoch),
        other.acquireLeadership('switcher-b', 60_000),
      ]);
      expect(taken.status).toBe('fulfilled');
      const { committed } = await other.readState();
      if (commit.status === 'fulfilled') expect(committed).toBe(epoch);
      else {
        expect(commit.reason).toBeInstanceOf(StaleLeaderError);
        expect(committed).toBe(0);
      }
    });
  });

  describe('locks', () => {
    it('belong to one holder, who may renew; the at.token rises with the next holder', async () => {
      const a = at.harness.host('shop-0', 'a');
      const b = at.harness.host('shop-1', 'b');
      const first = await a.acquireLock('pump:relay', 'shop-0:a', 60_000);
      expect(await b.acquireLock('pump:relay', 'shop-1:b', 60_000)).toBeUndefined();
      expect(await a.acquireLock('pump:relay', 'shop-0:a', 60_000)).toEqual(first);
      await a.acquireLock('pump:relay', 'shop-0:a', 0);
      const second = await b.acquireLock('pump:relay', 'shop-1:b', 60_000);
      expect(second?.token).toBeGreaterThan(first?.token ?? 0);
      expect(await a.acquireLock('pump:relay', 'shop-0:a', 60_000)).toBeUndefined();
    });

    it('go to exactly one of two who try at once, each lock on its own', async () => {
      const a = at.harness.host('shop-0', 'a');
      const b = at.harness.host('shop-1', 'b');
      const tries = await Promise.all([a.acquireLock('one', 'a', 60_000), b.acquireLock('one', 'b', 60_000)]);
      expect(tries.filter((held) => held !== undefined)).toHaveLength(1);
      expect(await b.acquireLock('two', 'b', 60_000)).toBeDefined();
    });
  });
}
