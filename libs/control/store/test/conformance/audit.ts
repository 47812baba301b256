import { describe, expect, it } from 'vitest';
import { GENESIS_HASH, StaleLeaderError, verifyAudit } from '../../src/index.ts';
import type { Scene } from './scene.ts';

export function auditConforms(at: Scene): void {
  describe('audit log (S6)', () => {
    it('is chained from the start, in order, with the body as it was given', async () => {
      const body = { z: 1, a: { y: [1.5, 'ü', null], x: '\u0000"' }, skipped: undefined };
      const first = await at.control.appendAudit(at.token, body);
      expect(first).toMatchObject({ seq: 1, prevHash: GENESIS_HASH });
      await at.control.appendAudit(at.token, { what: 'second' });
      const entries = await at.control.readAudit({ after: 0, limit: 10 });
      expect(entries[0]).toEqual(first);
      expect(entries.map((entry) => entry.seq)).toEqual([1, 2]);
      expect(verifyAudit(entries)).toEqual({ intact: true });
      expect(await at.control.readAudit({ after: 1, limit: 10 })).toEqual(entries.slice(1));
    });

    it('stays whole when two append at once', async () => {
      const other = at.harness.control();
      await Promise.all(
        Array.from({ length: 20 }, (_, i) => (i % 2 ? at.control : other).appendAudit(at.token, { i })),
      );
      const entries = await at.control.readAudit({ after: 0, limit: 100 });
      expect(entries).toHaveLength(20);
      expect(verifyAudit(entries)).toEqual({ intact: true });
    });

    it('takes what is to be said of a switch with its state: all of it once, nothing when the state is refused', async () => {
      const row = { id: 'sw-1', version: 1, state: { step: 1 }, open: true };
      const said = [{ event: 'a', text: 'é "x" \\ {y}, null' }, { event: 'b' }];
      expect(await at.control.saveSwitch(at.token, row, said)).toBe('saved');
      expect(await at.control.saveSwitch(at.token, row, said)).toBe('saved');
      expect(await at.control.saveSwitch(at.token, { ...row, version: 3 }, [{ event: 'c' }])).toBe(
        'conflict',
      );
      await expect(at.control.saveSwitch(at.token - 1, { ...row, version: 2 }, said)).rejects.toThrow(
        StaleLeaderError,
      );
      const entries = await at.control.readAudit({ after: 0, limit: 10 });
      expect(entries.map(({ body }) => body)).toEqual(said);
      expect(verifyAudit(entries)).toEqual({ intact: true });
    });

    it('shows where an entry was changed, removed or forged', async () => {
      for (let i = 0; i < 4; i += 1) await at.control.appendAudit(at.token, { i });
      const entries = await at.control.readAudit({ after: 0, limit: 10 });
      const changed = entries.map((entry) => (entry.seq === 2 ? { ...entry, body: { i: 9 } } : entry));
      expect(verifyAudit(changed)).toMatchObject({ intact: false, seq: 2 });
      expect(verifyAudit(entries.filter((entry) => entry.seq !== 3))).toMatchObject({
        intact: false,
        seq: 4,
      });
      const renumbered = entries
        .filter((entry) => entry.seq !== 3)
        .map((entry) => (entry.seq === 4 ? { ...entry, seq: 3 } : entry));
      expect(verifyAudit(renumbered)).toMatchObject({ intact: false, seq: 3 });
    });
  });
}
