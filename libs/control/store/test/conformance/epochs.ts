import { describe, expect, it } from 'vitest';
import { hybrid, tight } from '../samples.ts';
import type { Scene } from './scene.ts';

export function epochsConform(at: Scene): void {
  describe('layouts and epochs', () => {
    it('starts empty, with epoch 0 in force', async () => {
      expect(await at.control.readState()).toMatchObject({
        committed: 0,
        prepared: null,
        liveEpochs: [],
        leases: [],
        exits: [],
        hosts: [],
      });
    });

    it('shows a proposal as prepared and puts it in force by a commit', async () => {
      const epoch = await at.proposed(tight);
      expect(await at.control.readState()).toMatchObject({
        ...{ committed: 0, prepared: epoch, preparedLayout: tight, liveEpochs: [] },
      });
      expect(await at.control.commit(at.token, 0, epoch)).toEqual({ outcome: 'committed' });
      expect(await at.control.readState()).toMatchObject({
        committed: epoch,
        prepared: null,
        preparedLayout: null,
        liveEpochs: [epoch],
      });
      expect(await at.harness.host('shop-0', 'n').readLayout(epoch)).toEqual({ epoch, layout: tight });
    });

    it('knows no layout that was never proposed', async () => {
      expect(await at.control.readLayout(99)).toBeUndefined();
    });

    it('refuses a second proposal, and one that is based on an epoch not in force', async () => {
      await at.proposed(tight);
      expect(await at.control.propose(at.token, 0, hybrid)).toBeUndefined();
      await at.control.withdraw(at.token, 1);
      expect(await at.control.propose(at.token, 7, hybrid)).toBeUndefined();
    });

    it('never uses an epoch again, not even after a withdrawal (S1)', async () => {
      const first = await at.proposed(tight);
      await at.control.withdraw(at.token, first);
      const second = await at.proposed(hybrid);
      expect(second).toBeGreaterThan(first);
      expect(await at.control.readLayout(first)).toEqual({ epoch: first, layout: tight });
      expect(await at.control.commit(at.token, 0, first)).toEqual({
        outcome: 'conflict',
        committed: 0,
        prepared: second,
      });
    });

    it('ignores the withdrawal of an epoch that is not the prepared one', async () => {
      const epoch = await at.proposed(tight);
      await at.control.withdraw(at.token, epoch + 1);
      expect((await at.control.readState()).prepared).toBe(epoch);
    });

    it('answers a repeated commit with the conflict that shows it is done (E4)', async () => {
      const epoch = await at.inForce(tight);
      expect(await at.control.commit(at.token, 0, epoch)).toEqual({
        outcome: 'conflict',
        committed: epoch,
        prepared: null,
      });
    });

    it('keeps a layout as it was, whatever its proposer does to it later (S1)', async () => {
      const mine = { ...tight, instances: { bundle: 1 } };
      const epoch = await at.proposed(mine);
      mine.instances.bundle = 3;
      expect((await at.control.readLayout(epoch))?.layout).toEqual(tight);
    });

    it('keeps an epoch live until it is marked drained, and never drains the one in force', async () => {
      const first = await at.inForce(tight);
      const second = await at.inForce(hybrid);
      expect((await at.control.readState()).liveEpochs).toEqual([first, second]);
      await at.control.markDrained(at.token, second);
      await at.control.markDrained(at.token, first);
      expect((await at.control.readState()).liveEpochs).toEqual([second]);
    });
  });
}
