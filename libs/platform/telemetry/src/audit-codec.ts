/**
 * Audit records as bytes. A file is a header record followed by records, each framed as
 * `length u32 LE · crc32 u32 LE · payload`; a payload is a type byte, then fields: counts as LEB128, texts as
 * LEB128 length and UTF-8, roots as 8 bytes.
 *
 * A1  A record is whole or not there: a torn tail (a crash in the middle of a write) is left out and reported.
 * A2  Damage before the tail is an error, never skipped.
 */
import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { ByteReader, ByteWriter } from './bytes.ts';

/** First record of a file: who writes it. */
export interface AuditHeader {
  readonly type: 'header';
  readonly instance: string;
  readonly nonce: string;
  readonly kind: string;
  readonly modules: readonly string[];
}
/** A bundle admitted a root. */
export interface AdmitRecord {
  readonly type: 'admit';
  /** 16 hex digits. */
  readonly root: string;
  readonly epoch: number;
  readonly label: string;
}
/** A caller's side of one call, written when it has ended. */
export interface CallRecord {
  readonly type: 'call';
  readonly root: string;
  readonly epoch: number;
  readonly module: string;
  readonly operation: string;
  readonly key: string | undefined;
  /** Instance that served it last; empty when none was reached. */
  readonly target: string;
  /** `ok`, a business code or a platform code. */
  readonly outcome: string;
}
/** A callee's side of one call, written when it starts. */
export interface ServeRecord {
  readonly type: 'serve';
  readonly root: string;
  readonly epoch: number;
  readonly module: string;
  readonly operation: string;
  readonly key: string | undefined;
  readonly instance: string;
}
export type AuditRecord = AdmitRecord | CallRecord | ServeRecord;
/** Last record of a file whose process left in order: nothing that it had begun is missing. */
export interface EndRecord {
  readonly type: 'end';
}
type AnyRecord = AuditHeader | AuditRecord | EndRecord;

/** What a file holds. `torn`: bytes of an unfinished record at the end were left out (A1). */
export interface AuditFile {
  readonly header: AuditHeader;
  readonly records: readonly AuditRecord[];
  readonly torn: boolean;
  /** Its process left in order. */
  readonly ended: boolean;
}

/** An audit file is damaged (A2) or is none. */
export class AuditFormatError extends Error {
  readonly #what: string;
  readonly #at: number | undefined;

  /** @param at byte of the record that it is about */
  constructor(what: string, at?: number) {
    super(at === undefined ? what : `${what} at byte ${at}`);
    this.name = 'AuditFormatError';
    this.#what = what;
    this.#at = at;
  }

  /** The same, of this file. @param from where in it those bytes begin that were looked at */
  in(path: string, from = 0): AuditFormatError {
    return new AuditFormatError(
      `${path}: ${this.#what}`,
      this.#at === undefined ? undefined : from + this.#at,
    );
  }
}

const MAGIC = 'atlas-audit-1';
const TYPES = { header: 1, admit: 2, call: 3, serve: 4, end: 5 } as const;
const FRAME_BYTES = 8;
/** No record is longer: a larger length is damage. */
const MAX_RECORD_BYTES = 1 << 20;

const writer = new ByteWriter();

/** The bytes of one record, valid until the next call: for a caller that writes them out at once. */
export function encodeAuditInPlace(record: AnyRecord): Buffer {
  writer.start(FRAME_BYTES);
  writer.byte(TYPES[record.type]);
  if (record.type === 'header') {
    for (const text of [MAGIC, record.instance, record.nonce, record.kind]) writer.text(text);
    writer.count(record.modules.length);
    for (const module of record.modules) writer.text(module);
  } else if (record.type !== 'end') {
    writer.hex8(record.root);
    writer.count(record.epoch);
    if (record.type === 'admit') writer.text(record.label);
    else {
      writer.text(record.module);
      writer.text(record.operation);
      writer.optionalText(record.key);
      writer.text(record.type === 'call' ? record.target : record.instance);
      if (record.type === 'call') writer.text(record.outcome);
    }
  }
  const bytes = writer.bytes();
  bytes.writeUInt32LE(bytes.length - FRAME_BYTES, 0);
  bytes.writeUInt32LE(crc32(bytes.subarray(FRAME_BYTES)), 4);
  return bytes;
}

/**
 * The bytes of one record.
 * @throws RangeError when the root is not 16 hex digits or the epoch is not a safe integer ≥ 0.
 */
export const encodeAudit = (record: AnyRecord): Buffer => Buffer.from(encodeAuditInPlace(record));

function decodePayload(payload: Buffer): AnyRecord {
  const reader = new ByteReader(payload);
  const type = reader.byte();
  if (type === TYPES.header) {
    if (reader.text() !== MAGIC) throw new AuditFormatError('not an audit file of this version');
    const [instance, nonce, kind] = [reader.text(), reader.text(), reader.text()];
    const modules = Array.from({ length: reader.count() }, () => reader.text());
    return { type: 'header', instance, nonce, kind, modules };
  }
  if (type === TYPES.end) return { type: 'end' };
  const [root, epoch] = [reader.hex8(), reader.count()];
  if (type === TYPES.admit) return { type: 'admit', root, epoch, label: reader.text() };
  if (type !== TYPES.call && type !== TYPES.serve) throw new AuditFormatError(`unknown record type ${type}`);
  const [module, operation, key, peer] = [reader.text(), reader.text(), reader.optionalText(), reader.text()];
  if (type === TYPES.serve) return { type: 'serve', root, epoch, module, operation, key, instance: peer };
  return { type: 'call', root, epoch, module, operation, key, target: peer, outcome: reader.text() };
}

/**
 * Where the frame at `offset` ends, or undefined when only a part of it is there (A1).
 * @throws AuditFormatError when no record is of that length (A2).
 */
export function frameEnd(bytes: Buffer, offset: number): number | undefined {
  if (bytes.length - offset < FRAME_BYTES) return undefined;
  const length = bytes.readUInt32LE(offset);
  if (length === 0 || length > MAX_RECORD_BYTES) throw new AuditFormatError('bad record length', offset);
  const end = offset + FRAME_BYTES + length;
  return end > bytes.length ? undefined : end;
}

/** Where the last whole frame ends (A1). @throws AuditFormatError (A2). */
export function wholeFramesEnd(bytes: Buffer): number {
  let offset = 0;
  for (;;) {
    const end = frameEnd(bytes, offset);
    if (end === undefined) return offset;
    offset = end;
  }
}

/** The payload at `offset`, or undefined when only a part of it is there (A1). */
function frameAt(bytes: Buffer, offset: number): Buffer | undefined {
  const end = frameEnd(bytes, offset);
  if (end === undefined) return undefined;
  const payload = bytes.subarray(offset + FRAME_BYTES, end);
  if (crc32(payload) === bytes.readUInt32LE(offset + 4)) return payload;
  throw new AuditFormatError('bad checksum', offset);
}

/**
 * Decodes a whole file's bytes.
 * @throws AuditFormatError when they do not start with a header or are damaged before the tail (A2).
 */
export function decodeAudit(bytes: Buffer): AuditFile {
  let header: AuditHeader | undefined;
  const records: AuditRecord[] = [];
  let ended = false;
  let offset = 0;
  while (offset < bytes.length) {
    const payload = frameAt(bytes, offset);
    if (payload === undefined) break;
    const record = decodePayload(payload);
    if (ended || (record.type === 'header') !== (offset === 0))
      throw new AuditFormatError('misplaced record', offset);
    if (record.type === 'header') header = record;
    else if (record.type === 'end') ended = true;
    else records.push(record);
    offset += FRAME_BYTES + payload.length;
  }
  if (header === undefined) throw new AuditFormatError('no audit header');
  return { header, records, torn: offset < bytes.length, ended };
}

/** Reads one file; see `decodeAudit`. */
export const readAuditFile = async (path: string): Promise<AuditFile> => {
  try {
    return decodeAudit(await readFile(path));
  } catch (error) {
    throw error instanceof AuditFormatError ? error.in(path) : error;
  }
};
