import {
  AuditFileSink,
  AuditFormatError,
  decodeAudit,
  encodeAudit,
  readAuditFile,
  wholeFramesEnd,
} from '../src/index.ts';
import type { AuditHeader, AuditRecord } from '../src/index.ts';
import fc from 'fast-check';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';

const header: AuditHeader = {
  type: 'header',
  instance: 'cart-0',
  nonce: 'ab',
  kind: 'service',
  modules: ['cart'],
};
const root = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 16, maxLength: 16 });
const text = fc.string({ unit: 'binary', maxLength: 60 }).filter((value) => value.isWellFormed());
const base = { root, epoch: fc.maxSafeNat() };
const called = { ...base, module: text, operation: text, key: fc.option(text, { nil: undefined }) };
const record: fc.Arbitrary<AuditRecord> = fc.oneof(
  fc.record({ type: fc.constant('admit' as const), ...base, label: text }),
  fc.record({ type: fc.constant('call' as const), ...called, target: text, outcome: text }),
  fc.record({ type: fc.constant('serve' as const), ...called, instance: text }),
);
const file = (records: readonly AuditRecord[]): Buffer =>
  Buffer.concat([header, ...records].map(encodeAudit));

describe('the audit codec', () => {
  it('reads back what was written', () => {
    fc.assert(
      fc.property(fc.array(record), (records) => {
        expect(decodeAudit(file(records))).toEqual({ header, records, torn: false, ended: false });
        const ended = Buffer.concat([file(records), encodeAudit({ type: 'end' })]);
        expect(decodeAudit(ended)).toEqual({ header, records, torn: false, ended: true });
      }),
    );
  });

  it('keeps every whole record before a torn tail and says that it was torn', () => {
    fc.assert(
      fc.property(fc.array(record), record, fc.nat(), (records, last, at) => {
        const tail = encodeAudit(last);
        const cut = 1 + (at % (tail.length - 1));
        const torn = Buffer.concat([file(records), tail.subarray(0, cut)]);
        expect(decodeAudit(torn)).toEqual({ header, records, torn: true, ended: false });
      }),
    );
  });

  it('tells where the last whole record ends, and refuses a length that no record has', () => {
    const bytes = file([{ type: 'admit', root: '0123456789abcdef', epoch: 3, label: 'GET /' }]);
    expect(wholeFramesEnd(Buffer.concat([bytes, bytes.subarray(0, 12)]))).toBe(bytes.length);
    expect(wholeFramesEnd(bytes.subarray(0, 5))).toBe(0);
    for (const length of [0, 0x7fff_ffff]) {
      const frame = Buffer.alloc(8);
      frame.writeUInt32LE(length);
      expect(() => wholeFramesEnd(Buffer.concat([bytes, frame]))).toThrow(AuditFormatError);
    }
  });

  it('never takes a damaged record for a good one', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 5 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (records, at, flip) => {
          const bytes = file(records);
          const headerBytes = encodeAudit(header).length;
          const index = headerBytes + (at % (bytes.length - headerBytes));
          bytes[index] = (bytes[index] ?? 0) ^ flip;
          let read: readonly AuditRecord[] = [];
          try {
            const found = decodeAudit(bytes);
            read = found.records;
            expect(found.torn).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(AuditFormatError);
          }
          expect(records.slice(0, read.length)).toEqual(read);
          expect(read.length).toBeLessThan(records.length);
        },
      ),
    );
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['other bytes', Buffer.from('hello, this is not an audit file')],
    ['zeros', Buffer.alloc(64)],
    ['a record without header', encodeAudit({ type: 'admit', root: '0'.repeat(16), epoch: 1, label: 'x' })],
    ['a second header', Buffer.concat([encodeAudit(header), encodeAudit(header)])],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeAudit(bytes)).toThrow(AuditFormatError);
  });

  it.each(['', '12', 'x'.repeat(16), '0'.repeat(17)])('refuses the root "%s"', (bad) => {
    expect(() => encodeAudit({ type: 'admit', root: bad, epoch: 1, label: '' })).toThrow(RangeError);
  });
});

describe('AuditFileSink', () => {
  it('writes one private file per process that can be read while it is open', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'audit-'));
    try {
      const failed = vi.fn();
      const { type: _, ...who } = header;
      const sink = new AuditFileSink(join(folder, 'deep'), who, failed);
      sink.admit('a'.repeat(16), 3, 'http:GET /x');
      sink.call({
        root: 'a'.repeat(16),
        epoch: 3,
        module: 'cart',
        operation: 'getCart',
        key: undefined,
        target: 'cart-0',
        outcome: 'ok',
      });
      sink.serve({
        root: 'a'.repeat(16),
        epoch: 3,
        module: 'cart',
        operation: 'getCart',
        key: 'k',
        instance: 'cart-0',
      });
      expect(await readdir(join(folder, 'deep'))).toEqual(['cart-0-ab.audit']);
      expect((await stat(sink.path)).mode & 0o777).toBe(0o600);
      const read = await readAuditFile(sink.path);
      expect(read.records.map(({ type }) => type)).toEqual(['admit', 'call', 'serve']);
      expect(read.ended).toBe(false);
      sink.close();
      sink.admit('a'.repeat(16), 3, 'after');
      sink.close();
      expect(await readAuditFile(sink.path)).toEqual({ ...read, ended: true });
      expect(failed).not.toHaveBeenCalled();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('reports the first failed write once and never throws at its caller', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'audit-'));
    try {
      const failed = vi.fn();
      const { type: _, ...who } = header;
      const sink = new AuditFileSink(folder, who, failed);
      sink.admit('not hex', 3, '');
      sink.admit('not hex', 3, '');
      expect(failed).toHaveBeenCalledOnce();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
