import { appendFile, mkdtemp, open, readFile, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Entry } from '../src/charge.ts';
import { Ledger } from '../src/ledger.ts';

const cancel = (n: number): Entry => ({ kind: 'cancel', key: `k${n}`, orderId: `o${n}`, at: n });

describe('the ledger', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'acquirer-ledger-'));
    path = join(folder, 'acquirer', 'ledger.jsonl');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const replayed = async (): Promise<Entry[]> => {
    const entries: Entry[] = [];
    const ledger = await Ledger.open(path, (entry) => entries.push(entry));
    await ledger.close();
    return entries;
  };

  it('has every line on the disk, in order, when append resolves', async () => {
    const ledger = await Ledger.open(path, () => undefined);
    const all = Array.from({ length: 200 }, (_, n) => cancel(n));
    await Promise.all(
      all.map(async (entry, n) => {
        await ledger.append([entry]);
        expect(await readFile(path, 'utf8')).toContain(`"k${n}"`);
      }),
    );
    await ledger.close();
    expect(await replayed()).toEqual(all);
  });

  it('waits for a write that began before', async () => {
    const ledger = await Ledger.open(path, () => undefined);
    void ledger.append([cancel(1)]);
    void ledger.append([cancel(2)]);
    await ledger.append([]);
    expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(2);
    await ledger.close();
  });

  it('cuts off a torn last line and goes on behind the whole ones', async () => {
    const ledger = await Ledger.open(path, () => undefined);
    await ledger.append([cancel(1)]);
    await ledger.close();
    await appendFile(path, '{"kind":"cancel","key":"k2","or');
    expect(await replayed()).toEqual([cancel(1)]);
    const again = await Ledger.open(path, () => undefined);
    await again.append([cancel(3)]);
    await again.close();
    expect(await replayed()).toEqual([cancel(1), cancel(3)]);
  });

  it('reads a file of many pieces, which end within lines and within characters', async () => {
    const all = Array.from({ length: 3_000 }, (_, n): Entry => ({
      kind: 'cancel',
      key: `k${n}`,
      orderId: 'ö€😀'.repeat(n % 13),
      at: n,
    }));
    await (await Ledger.open(path, () => undefined)).close();
    await writeFile(path, `${all.map((entry) => JSON.stringify(entry)).join('\n')}\n{"torn`);
    expect((await stat(path)).size).toBeGreaterThan(3 * 65_536);
    expect(await replayed()).toEqual(all);
    expect(await replayed()).toEqual(all);
  });

  it('refuses to start on a line damaged elsewhere, naming it', async () => {
    await (await Ledger.open(path, () => undefined)).close();
    await writeFile(path, `${JSON.stringify(cancel(1))}\n{"kind":"ca\n${JSON.stringify(cancel(2))}\n`);
    await expect(replayed()).rejects.toThrow(/ledger\.jsonl:2/);
  });

  it('writes nothing more after a failed write', async () => {
    const ledger = await Ledger.open(path, () => undefined);
    const other = await open(path);
    const files = Object.getPrototypeOf(other) as FileHandle;
    await other.close();
    const full = vi.spyOn(files, 'appendFile').mockRejectedValueOnce(new Error('ENOSPC'));
    onTestFinished(() => full.mockRestore());
    await expect(ledger.append([cancel(1)])).rejects.toThrow('ENOSPC');
    await expect(ledger.append([cancel(2)])).rejects.toThrow('ENOSPC'); // though the disk has room again
    await ledger.close();
    expect(await readFile(path, 'utf8')).toBe('');
  });
});
