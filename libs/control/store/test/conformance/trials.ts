import type { Tally } from '@atlas/control-layout';
import { describe, expect, it } from 'vitest';
import { StaleLeaderError } from '../../src/index.ts';
import { hybrid, tight } from '../samples.ts';
import type { Scene } from './scene.ts';

export function trialsConform(at: Scene): void {
  describe('a trial (S9)', () => {
    const tallyOf = (epoch: number, sinceMs = 1): Tally => ({
      epoch,
      sinceMs,
      strain: { machine: 0.5, loop: 0.1 },
      operations: {},
    });

    it('begins with the commit that names modules, and ends once', async () => {
      const first = await at.inForce(tight);
      expect((await at.control.readState()).trial).toBeNull();
      const epoch = await at.proposed(hybrid);
      await at.control.commit(at.token, first, epoch, ['cart']);
      expect((await at.control.readState()).trial).toEqual({ epoch, modules: ['cart'] });
      await at.control.endTrial(at.token, first);
      expect((await at.control.readState()).trial).toEqual({ epoch, modules: ['cart'] });
      await at.control.endTrial(at.token, epoch);
      expect((await at.control.readState()).trial).toBeNull();
    });

    it('takes the newest tally of each process, under the epoch on trial only', async () => {
      const first = await at.inForce(tight);
      const epoch = await at.proposed(hybrid);
      const shop = at.harness.host('shop-0', 'n');
      await shop.reportTally('shop-0', 'n', tallyOf(epoch));
      expect(await at.control.readTallies(epoch)).toEqual([]);
      await at.control.commit(at.token, first, epoch, ['cart']);
      for (const sinceMs of [1, 2]) await shop.reportTally('shop-0', 'n', tallyOf(epoch, sinceMs));
      await shop.reportTally('shop-0', 'n', tallyOf(first));
      const row = { instance: 'shop-0', nonce: 'n', tally: tallyOf(epoch, 2) };
      expect(await at.control.readTallies(epoch)).toEqual([row]);
      await at.inForce(tight);
      expect((await at.control.readState()).trial).toBeNull();
      expect(await at.control.readTallies(epoch)).toEqual([]);
    });

    it('is ended by its leader alone (S5)', async () => {
      await expect(at.control.endTrial(at.token - 1, 1)).rejects.toThrow(StaleLeaderError);
    });
  });
}
