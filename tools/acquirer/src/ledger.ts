/**
 * The bank's memory: an append-only file of JSON lines.
 *
 * L1  `append` resolves only when its lines are on the disk (`fsync`); lines that wait together share one (group commit).
 * L2  Lines are on the disk in the order of the calls.
 * L3  A last line that a crash tore is cut off at start; a broken line anywhere else refuses the start.
 * L4  After a failed write nothing is written any more: every later `append` rejects, and the bank must stop.
 */
import { createReadStream } from 'node:fs';
import { open, mkdir, truncate, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Entry } from './charge.ts';

export class Ledger {
  readonly #file: FileHandle;
  #waiting = '';
  /** The write that will take what waits now; undefined when nothing waits. */
  #next: Promise<void> | undefined;
  /** The last write asked for: when it is done, all before it are. */
  #last: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /**
   * Opens the file (made when missing) and hands every entry in it to `apply`, oldest first.
   * @throws Error naming file and line when a line other than a torn last one cannot be read.
   */
  static async open(path: string, apply: (entry: Entry) => void): Promise<Ledger> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'a', 0o600);
    try {
      await replay(path, apply);
      await syncFolder(dirname(path));
    } catch (error) {
      await file.close();
      throw error;
    }
    return new Ledger(file);
  }

  /** Writes entries together; see L1. Without any it resolves when all that was appended before is on the disk. */
  append(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return this.#last;
    for (const entry of entries) this.#waiting += `${JSON.stringify(entry)}\n`;
    this.#next ??= this.#last = this.#last.then(() => this.#write()); // a rejection stays (L4)
    return this.#next;
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.#file.close();
  }

  async #write(): Promise<void> {
    const lines = this.#waiting;
    this.#waiting = '';
    this.#next = undefined;
    await this.#file.appendFile(lines);
    await this.#file.sync();
  }
}

/** Reads the file in pieces, so its length is no matter: whole lines only, since a piece may end within a character. */
async function replay(path: string, apply: (entry: Entry) => void): Promise<void> {
  let rest = Buffer.alloc(0);
  let whole = 0;
  let number = 0;
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    const bytes = Buffer.concat([rest, piece]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    const lines = bytes.toString('utf8', 0, end).split('\n').slice(0, -1);
    for (const line of lines) apply(parse(line, `${path}:${(number += 1)}`));
    whole += end;
    rest = bytes.subarray(end);
  }
  if (rest.length > 0) await truncate(path, whole); // L3
}

function parse(line: string, where: string): Entry {
  try {
    const entry = JSON.parse(line) as Entry;
    if (typeof entry.key === 'string' && ['attempt', 'charge', 'cancel'].includes(entry.kind)) return entry;
  } catch {
    // said below
  }
  throw new Error(`the ledger is damaged at ${where}; restore it, or start with an empty one (--reset)`);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
