import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeAudit, type AuditRecord } from '@atlas/platform-telemetry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listHostFiles, readRecords } from '../src/audit-files.ts';
import { joinCalls, type JoinInput } from '../src/join-calls.ts';
import { RecordTable } from '../src/record-table.ts';
import { Problems } from '../src/result.ts';
import { callOf, CART, FakeRun, LAYOUTS, rootOf, SHOP, withFolder } from './run-kit.ts';

const rules = {
  layouts: () => Promise.resolve(LAYOUTS),
  exits: () => Promise.resolve(new Map<string, string>()),
  recheckMs: 0,
};

async function joined(run: FakeRun, folder: string, more: Partial<JoinInput> = {}) {
  const problems = new Problems();
  const result = await joinCalls({ ...(await run.write(folder)), ...rules, ...more }, problems);
  return { ...result, problems };
}

describe('joining', () => {
  it('finds the same in many parts as in one', async () => {
    const run = new FakeRun(300);
    run.cart.shift();
    run.shop.push(...callOf(rootOf(7), 2, 'cart.getCart', CART).slice(1));
    const one = await withFolder((folder) => joined(run, folder));
    const many = await withFolder((folder) => joined(run, folder, { recordsPerPart: 50 }));
    expect({ ...many, hosts: [], problems: many.problems.kept.toSorted() }).toEqual({
      ...one,
      hosts: [],
      problems: one.problems.kept.toSorted(),
    });
    expect(one).toMatchObject({ roots: 300, covered: 300, uncovered: 0, mixedEpochRoots: 1 });
  });

  it('lets a host break its warm-up off', async () => {
    const run = new FakeRun();
    run.cart.push({ type: 'admit', root: rootOf(50), epoch: 2, label: 'warm-up' });
    run.cart.push(callOf(rootOf(50), 2, 'cart.getCart', CART)[0]);
    const { problems, covered } = await withFolder((folder) => joined(run, folder));
    expect([problems.count, covered]).toEqual([0, 6]);
  });

  it('looks again at roots whose other half is still being written', async () => {
    const run = new FakeRun();
    const [serve, call] = callOf(rootOf(2), 2, 'cart.getCart', CART);
    run.cart.push(serve);
    await withFolder(async (folder) => {
      const files = await run.write(folder);
      const problems = new Problems();
      let looks = 0;
      const layouts = async () => {
        // The records of this look are read by now.
        if ((looks += 1) === 1) await appendFile(join(files.auditDir, 'shop-0-aa.audit'), encodeAudit(call));
        return LAYOUTS;
      };
      await joinCalls({ ...files, ...rules, layouts, recheckMs: 5_000 }, problems);
      expect([looks, problems.kept]).toEqual([2, []]);
    });
  });

  it('knows what was proposed, and who died, while it looked', async () => {
    const run = new FakeRun();
    run.cart.push(callOf(rootOf(2), 2, 'cart.getCart', CART)[0]);
    let [layouts, exits] = [new Map([...LAYOUTS].slice(0, 1)), new Map<string, string>()];
    await withFolder(async (folder) => {
      const known = { layouts: () => Promise.resolve(layouts), exits: () => Promise.resolve(exits) };
      const joining = joined(run, folder, { ...known, recheckMs: 2_000 });
      setTimeout(() => ([layouts, exits] = [new Map(LAYOUTS), new Map([['shop-0:aa', 'signal']])]), 500);
      expect((await joining).problems.kept).toEqual([]);
    });
  });

  it('keeps the first 50 problems and counts all', async () => {
    const run = new FakeRun(120);
    run.shop.splice(0, run.shop.length, ...run.shop.filter(({ type }) => type !== 'admit'));
    const { problems, covered, uncovered } = await withFolder((folder) => joined(run, folder));
    expect([problems.count, problems.kept.length, covered, uncovered]).toEqual([120, 50, 0, 120]);
  });
});

describe('audit files', () => {
  it('are read whole however long they are, up to a torn end', async () => {
    await withFolder(async (folder) => {
      const records: AuditRecord[] = Array.from(
        { length: 40_000 },
        (_, n) => callOf(rootOf(n), 1, 'cart.getCart', SHOP)[0],
      );
      const path = join(folder, 'shop-0-aa.audit');
      await writeFile(path, Buffer.concat([SHOP, ...records].map(encodeAudit)));
      const read = async () => {
        const [file] = await listHostFiles(folder);
        const taken: AuditRecord[] = [];
        return { ...(file && (await readRecords(file, (record) => taken.push(record)))), records: taken };
      };
      expect(await read()).toEqual({ records, torn: false, ended: false });
      await appendFile(path, encodeAudit({ type: 'end' }));
      expect(await read()).toEqual({ records, torn: false, ended: true });
      expect((await readFile(path)).length).toBeGreaterThan(2 << 20);
      await truncate(path, (await readFile(path)).length - 3);
      expect(await read()).toEqual({ records, torn: true, ended: false });
    });
  });

  it('are not taken for torn where a length in their middle is damaged', async () => {
    await withFolder(async (folder) => {
      const frames = [SHOP, ...callOf(rootOf(1), 1, 'cart.getCart', SHOP)].map(encodeAudit);
      frames[1]?.writeUInt32LE(0x7fff_ffff, 0);
      await writeFile(join(folder, 'shop-0-aa.audit'), Buffer.concat(frames));
      const [file] = await listHostFiles(folder);
      await expect(file && readRecords(file, () => undefined)).rejects.toThrow('bad record length');
    });
  });

  it('are named, with the place, when they are damaged', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'shop-0-aa.audit');
      const frame = encodeAudit(callOf(rootOf(1), 1, 'cart.getCart', SHOP)[0]);
      const whole = Buffer.concat([encodeAudit(SHOP), ...Array.from({ length: 40_000 }, () => frame)]);
      const file = { path, size: whole.length, header: SHOP };
      const read = (): Promise<unknown> => readRecords(file, () => undefined);
      const last = whole.length - frame.length;
      for (const [at, what] of [
        [last, 'bad record length'],
        [last + 4, 'bad checksum'],
      ] as const) {
        const bytes = Buffer.from(whole);
        bytes.writeUInt32LE(0x7fff_ffff, at);
        await writeFile(path, bytes);
        await expect(read()).rejects.toThrow(`${path}: ${what} at byte ${last}`);
      }
      await writeFile(path, frame);
      await expect(listHostFiles(folder)).rejects.toThrow(`${path}: misplaced record at byte 0`);
    });
  });

  it('that are damaged are refused, and those without a whole header left out', async () => {
    await withFolder(async (folder) => {
      const bytes = Buffer.concat([SHOP, ...callOf(rootOf(1), 1, 'cart.getCart', SHOP)].map(encodeAudit));
      await writeFile(join(folder, 'early-1.audit'), bytes.subarray(0, 5));
      await writeFile(join(folder, 'notes.txt'), 'not an audit file');
      await writeFile(join(folder, 'shop-0-aa.audit'), bytes.fill(0, bytes.length - 4));
      const files = await listHostFiles(folder);
      expect(files.map(({ header }) => header.instance)).toEqual(['shop-0']);
      await expect(Promise.all(files.map((file) => readRecords(file, () => undefined)))).rejects.toThrow(
        'checksum',
      );
    });
  });
});

describe('the record table', () => {
  const root = fc.stringMatching(/^[0-9a-f]{16}$/);
  const record = fc.record({
    root: fc.oneof(root, fc.constantFrom(rootOf(1), 'ffffffffffffffff')),
    epoch: fc.integer({ min: 0, max: 4_000_000_000 }),
    operation: fc.constantFrom('cart.getCart', 'catalog.getProduct'),
    file: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 500_000 })),
    answered: fc.boolean(),
    instance: fc.constantFrom('shop-0', 'cart-0', ''),
  });

  it('gives back every record with its root, once', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 60 }), (records) => {
        const table = new RecordTable();
        for (const { file, answered, operation: name, instance, ...about } of records) {
          const [module = '', operation = ''] = name.split('.');
          table.addRecord(
            { type: 'call', ...about, module, operation, key: undefined, target: instance, outcome: 'ok' },
            file,
            answered,
          );
        }
        const back = [...table.roots()].flatMap((group) =>
          group.records.map((each) => ({ root: group.root, ...each })),
        );
        const line = (row: object): string => JSON.stringify(Object.entries(row).sort());
        const told = records.map((each) => line({ ...each, warmUp: false, kind: 'call', key: 0 }));
        expect(back.map(line).sort()).toEqual(told.sort());
        const roots = [...table.roots()].map((group) => group.root);
        expect(new Set(roots).size).toBe(roots.length);
      }),
    );
  });
});
