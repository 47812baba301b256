import { describe, expect, it } from 'vitest';
import type { ControlStore, HostRecord } from '../../src/index.ts';
import type { Scene } from './scene.ts';

export function recordsConform(at: Scene): void {
  describe('records of switches and processes', () => {
    it('saves a switch by compare-and-set on its version', async () => {
      const row = (
        version: number,
        step: string,
        open = true,
      ): Parameters<ControlStore['saveSwitch']>[1] => ({
        id: 's1',
        version,
        state: { step },
        open,
      });
      expect(await at.control.saveSwitch(at.token, row(2, 'early'))).toBe('conflict');
      expect(await at.control.saveSwitch(at.token, row(1, 'plan'))).toBe('saved');
      expect(await at.control.saveSwitch(at.token, row(1, 'plan'))).toBe('saved');
      expect(await at.control.saveSwitch(at.token, row(1, 'other'))).toBe('conflict');
      expect(await at.control.saveSwitch(at.token, row(2, 'done', false))).toBe('saved');
      expect(await at.control.readSwitch('s1')).toMatchObject({ ...row(2, 'done', false) });
      expect(await at.control.readSwitch('s2')).toBeUndefined();
    });

    it('lets a switch begin only beside open ones that its maker knows (S11)', async () => {
      const save = (id: string, version: number, open: boolean, beside: readonly string[]) =>
        at.control.saveSwitch(at.token, { id, version, state: null, open }, [], beside);
      expect(await save('over', 1, false, [])).toBe('saved');
      expect(await save('first', 1, true, [])).toBe('saved');
      expect(await save('first', 1, true, [])).toBe('saved');
      expect(await save('late', 1, true, [])).toBe('conflict');
      expect(await save('late', 1, true, ['over'])).toBe('conflict');
      expect(await at.control.readSwitch('late')).toBeUndefined();
      expect(await save('second', 1, true, ['first'])).toBe('saved');
      expect(await save('first', 2, false, [])).toBe('saved');
      expect(await save('late', 1, true, ['second', 'first'])).toBe('saved');
    });

    it('saves what others than operators may do by compare-and-set on its version', async () => {
      const row = (version: number, level: number) => ({ version, state: { level, wishes: [] } });
      expect(await at.control.readAutonomy()).toBeUndefined();
      expect(await at.control.saveAutonomy(at.token, row(2, 4))).toBe('conflict');
      expect(await at.control.saveAutonomy(at.token, row(1, 4))).toBe('saved');
      expect(await at.control.saveAutonomy(at.token, row(1, 4))).toBe('saved');
      expect(await at.control.saveAutonomy(at.token, row(1, 3))).toBe('conflict');
      expect(await at.control.saveAutonomy(at.token, row(3, 3))).toBe('conflict');
      expect(await at.control.readAutonomy()).toEqual(row(1, 4));
      expect(await at.control.saveAutonomy(at.token, row(2, 3))).toBe('saved');
      expect(await at.harness.control().readAutonomy()).toEqual(row(2, 3));
    });

    it('lists switches newest first, and the open ones alone', async () => {
      for (const [id, open] of [
        ['a', true],
        ['b', false],
        ['c', true],
      ] as const) {
        await at.control.saveSwitch(at.token, { id, version: 1, state: null, open }, [], ['a']);
      }
      const ids = async (query: Parameters<ControlStore['listSwitches']>[0]): Promise<string[]> =>
        (await at.control.listSwitches(query)).map((row) => row.id);
      expect(await ids({ limit: 2 })).toEqual(['c', 'b']);
      expect(await ids({ limit: 10, open: true })).toEqual(['c', 'a']);
      expect(await ids({ limit: 10, open: false })).toEqual(['b']);
    });

    it('keeps the books of processes, and shows hosts why they are wanted', async () => {
      const host = {
        instance: 'cart-0',
        nonce: 'n',
        app: 'cart',
        pid: null,
        pidStartedAt: null,
        createdAt: 1,
        purpose: 'serving',
      } as const;
      await at.control.recordHost(at.token, host, 1);
      await at.control.recordHost(
        at.token,
        { ...host, pid: 42, pidStartedAt: '123', purpose: 'keep_warm' },
        2,
      );
      expect(await at.control.listHosts()).toEqual([
        { ...host, pid: 42, pidStartedAt: '123', purpose: 'keep_warm' },
      ]);
      const { hosts } = await at.harness.host('cart-0', 'n').readState();
      expect(hosts).toEqual([{ instance: 'cart-0', nonce: 'n', purpose: 'keep_warm', stopOrder: null }]);
      await at.control.forgetHost(at.token, 'cart-0', 'n');
      expect(await at.control.listHosts()).toEqual([]);
    });

    it('keep what a leader wrote last, whichever write comes last (S10)', async () => {
      const host = { instance: 'shop-1', nonce: 'n', app: 'shop', pid: 1, pidStartedAt: 's', createdAt: 1 };
      const write = (token: number, number: number, purpose: HostRecord['purpose']): Promise<void> =>
        at.control.recordHost(token, { ...host, purpose }, number);
      await write(at.token, 8, 'serving');
      await write(at.token, 7, 'reserve');
      expect(await at.control.listHosts()).toMatchObject([{ purpose: 'serving' }]);
      expect((await at.control.readState()).hosts).toMatchObject([{ purpose: 'serving' }]);
      await at.control.acquireLeadership('switcher-a', 0, at.token);
      const next = await at.lead(at.harness.control(), 'switcher-b');
      await write(next, 1, 'keep_warm');
      expect(await at.control.listHosts()).toMatchObject([{ purpose: 'keep_warm' }]);
    });

    it('know no host again of whose exit there is evidence (S10)', async () => {
      const host = { instance: 'cart-0', nonce: 'n', app: 'cart', pid: 1, pidStartedAt: 's', createdAt: 1 };
      await at.control.recordHost(at.token, { ...host, purpose: 'serving' }, 1);
      await at.control.recordExit(at.token, { instance: 'cart-0', nonce: 'n', cause: 'exit' });
      await at.control.forgetHost(at.token, 'cart-0', 'n');
      await at.control.recordHost(at.token, { ...host, purpose: 'serving' }, 2);
      expect(await at.control.listHosts()).toEqual([]);
    });

    it('shows hosts who is to stop by whose order, and whether a later leader has come since', async () => {
      const host = { instance: 'cart-0', nonce: 'n', app: 'cart', pid: 1, pidStartedAt: 's' };
      await at.control.recordHost(
        at.token,
        {
          ...host,
          createdAt: 1,
          purpose: 'serving',
          stopOrder: at.token,
        },
        1,
      );
      const own = at.harness.host('cart-0', 'n');
      const seen = await own.readState();
      expect(seen.hosts).toMatchObject([{ instance: 'cart-0', stopOrder: at.token }]);
      expect(seen.leaderToken).toBe(at.token);
      await at.control.acquireLeadership('switcher-a', 0, at.token);
      const next = await at.lead(at.harness.control(), 'switcher-b');
      expect((await own.readState()).leaderToken).toBe(next);
    });

    it('shows everybody which nonces are refused', async () => {
      expect((await at.control.readState()).refused).toEqual([]);
      await at.control.fence(at.token, 'cart-0', 'n');
      await at.control.fence(at.token, 'cart-0', 'm');
      expect((await at.harness.host('shop-0', 's').readState()).refused).toEqual(['m', 'n']);
    });

    it('takes dead letters of any input', async () => {
      const letter = { module: 'cart', operation: 'checkOut', rootId: 'r', key: null };
      const host = at.harness.host('shop-0', 'n');
      await host.recordDeadLetter({ ...letter, input: { note: 'a\u0000b \ud83d\ude00 "' } });
      await host.recordDeadLetter({ ...letter, input: undefined });
    });
  });
}
