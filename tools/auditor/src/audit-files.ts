/**
 * Reads the audit files of a folder piece by piece: a file of gigabytes costs as much memory as a small one.
 * A piece is cut where its last whole frame ends, and decoded behind the file's header.
 */
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AuditFormatError,
  decodeAudit,
  frameEnd,
  wholeFramesEnd,
  type AuditFile,
  type AuditHeader,
  type AuditRecord,
} from '@atlas/platform-telemetry';

export interface HostFile {
  readonly path: string;
  readonly header: AuditHeader;
  /** Bytes there were when the folder was listed; later ones are not read. */
  readonly size: number;
}

/** How a file ends: in the middle of a record; or with the word that its process left in order; or with neither. */
export type FileEnd = Pick<AuditFile, 'torn' | 'ended'>;

const PIECE_BYTES = 1 << 20;
/** Read of each file to list them: no header is longer. */
const HEAD_BYTES = 1 << 16;

/** All `*.audit` files, with what they hold at this moment. @throws AuditFormatError on a file without a header. */
export async function listHostFiles(folder: string): Promise<HostFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.audit')).sort();
  const files: HostFile[] = [];
  for (const name of names) {
    const file = await describe(join(folder, name)); // one open at a time: each host that ever ran has one
    if (file !== undefined) files.push(file);
  }
  return files;
}

/** Undefined for a file that holds no whole record: its host died before it did anything. */
async function describe(path: string): Promise<HostFile | undefined> {
  const { size } = await stat(path);
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const end = frameEnd(buffer.subarray(0, bytesRead), 0);
    return end === undefined
      ? undefined
      : { path, size, header: decodeAudit(buffer.subarray(0, end)).header };
  } catch (error) {
    throw error instanceof AuditFormatError ? error.in(path) : error;
  } finally {
    await file.close();
  }
}

/**
 * Hands every record of the file to `take`, in order. Returns how it ends.
 * @throws AuditFormatError when it is damaged before its end.
 */
export async function readRecords(file: HostFile, take: (record: AuditRecord) => void): Promise<FileEnd> {
  const handle = await open(file.path, 'r');
  let position = 0;
  let from = 0;
  try {
    let rest = Buffer.alloc(0);
    let ended = false;
    let header = Buffer.alloc(0);
    while (position < file.size) {
      const length = Math.min(PIECE_BYTES, file.size - position);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      const bytes = Buffer.concat([header, rest, buffer.subarray(0, bytesRead)]);
      from = position - bytes.length;
      const end = wholeFramesEnd(bytes);
      rest = bytes.subarray(end);
      if (end === header.length) continue; // no record more
      const read = decodeAudit(bytes.subarray(0, end));
      read.records.forEach(take);
      ended = read.ended;
      if (header.length === 0) header = bytes.subarray(0, frameEnd(bytes, 0));
    }
    return { torn: rest.length > 0, ended };
  } catch (error) {
    throw error instanceof AuditFormatError ? error.in(file.path, from) : error;
  } finally {
    await handle.close();
  }
}
