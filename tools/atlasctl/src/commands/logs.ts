/** Logs of one process or of all, as lines for people or as they are. */
import { watch, type FSWatcher } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';

export interface LogOptions {
  readonly follow?: boolean;
  readonly lines: number;
  readonly json?: boolean;
  readonly signal: AbortSignal;
}

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'ERROR',
  60: 'FATAL',
};

/** Fields that every line has or that say nothing to a person. */
const PLAIN_FIELDS = ['time', 'level', 'msg', 'app', 'instance', 'nonce', 'hostname', 'v'];

interface Entry {
  readonly time: number;
  readonly name: string;
  readonly text: string;
}

/** Of hosts, ISO 8601; of switcher, brain and acquirer, ms since 1970. 0: there is none. */
function timeIn(value: unknown): number {
  if (typeof value === 'number') return value;
  return (typeof value === 'string' && Date.parse(value)) || 0;
}

/** Postgres's lines begin with time and zone; a zone whose name only it knows is taken for the zone of here. */
function postgresTime(text: string): number {
  const [, stamp = '', zone = ''] = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) (\S+)/.exec(text) ?? [];
  return timeIn(`${stamp} ${zone}`) || timeIn(stamp);
}

function parse(name: string, text: string): Entry & { readonly fields?: Record<string, unknown> } {
  try {
    const fields = JSON.parse(text) as Record<string, unknown>;
    return { time: timeIn(fields['time']), name, text, fields };
  } catch {
    return { time: postgresTime(text), name, text };
  }
}

/** `12:30:01.250 cart-0 info  served {"ms":3}`; what is not JSON stays as it is. */
export function logLine(name: string, text: string): string {
  const { fields, time } = parse(name, text);
  if (fields === undefined || time === 0) return `${name} ${text}`;
  const rest = Object.fromEntries(
    Object.entries(fields).filter(([key]) => !PLAIN_FIELDS.includes(key) && key !== 'pid'),
  );
  const level = LEVELS[Number(fields['level'])] ?? String(fields['level']);
  const message = typeof fields['msg'] === 'string' ? fields['msg'] : '';
  const extra = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
  return `${new Date(time).toISOString().slice(11, 23)} ${name} ${level.padEnd(5)} ${message}${extra}`;
}

/** The last part of a log that is looked at for its last lines, bytes; where it holds fewer than are asked for, more. */
const TAIL_BYTES = 256 * 1024;

async function read(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.alloc(to - from);
  await file.read(buffer, 0, buffer.length, from);
  return buffer;
}

const NEWLINE = 0x0a;

/** The end of a file, from the begin of a line on, that holds so many lines, or all that there are. */
async function lastPart(file: FileHandle, size: number, lines: number): Promise<Buffer> {
  for (let bytes = TAIL_BYTES; bytes < size; bytes *= 4) {
    const part = await read(file, size - bytes, size);
    const whole = part.subarray(part.indexOf(NEWLINE) + 1);
    if (whole.reduce((count, byte) => count + Number(byte === NEWLINE), 0) >= lines) return whole;
  }
  return read(file, 0, size);
}

/** One log that is read from where it was left, unless it was made anew since. */
class Tail {
  readonly name: string;
  readonly #path: string;
  readonly #first: number;
  #identity = '';
  #at = 0;
  #rest = Buffer.alloc(0);

  /** @param first so many lines at the end of the file are of interest */
  constructor(path: string, first: number) {
    this.#path = path;
    this.#first = first;
    this.name = basename(path, '.log');
  }

  /** Whole lines since the last time; at first those at the end of the file. */
  async lines(): Promise<string[]> {
    const file = await open(this.#path, 'r').catch(() => undefined);
    if (!file) return [];
    try {
      return await this.#read(file);
    } finally {
      await file.close();
    }
  }

  async #read(file: FileHandle): Promise<string[]> {
    const { size, ino, birthtimeMs } = await file.stat();
    const identity = `${ino} ${birthtimeMs}`; // numbers are used again
    if (identity !== this.#identity || size < this.#at) {
      this.#at = 0;
      this.#rest = Buffer.alloc(0);
    }
    const part = this.#at === 0 ? lastPart(file, size, this.#first) : read(file, this.#at, size);
    const bytes = Buffer.concat([this.#rest, await part]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    this.#identity = identity;
    this.#at = size;
    this.#rest = bytes.subarray(end);
    return bytes.toString('utf8', 0, end).split('\n').filter(Boolean);
  }
}

/** The log of one process, or those of all, also of processes that start later. */
class Logs {
  readonly #folder: string;
  readonly #instance: string | undefined;
  readonly #first: number;
  readonly #tails = new Map<string, Tail>();

  /** @param first so many of the newest lines are of interest at first */
  constructor(folder: string, { instance, first }: { instance: string | undefined; first: number }) {
    this.#folder = folder;
    this.#instance = instance;
    this.#first = first;
  }

  /**
   * New lines, oldest first. Lines without a time follow the line before them.
   * @throws CommandError when there is no such log
   */
  async entries(): Promise<Entry[]> {
    await this.#look();
    const all: Entry[] = [];
    for (const tail of this.#tails.values()) {
      let time = 0;
      for (const text of await tail.lines()) {
        const entry = parse(tail.name, text);
        time = entry.time || time;
        all.push({ name: tail.name, text, time });
      }
    }
    return all.sort((a, b) => a.time - b.time);
  }

  async #look(): Promise<void> {
    const files = await readdir(this.#folder).catch(() => []);
    const names = files.filter((file) => file.endsWith('.log')).map((file) => basename(file, '.log'));
    for (const name of this.#instance === undefined ? names : names.filter((one) => one === this.#instance))
      if (!this.#tails.has(name))
        this.#tails.set(name, new Tail(join(this.#folder, `${name}.log`), this.#first));
    if (this.#tails.size > 0) return;
    const known = names.length > 0 ? `there are: ${names.sort().join(', ')}` : 'there are no logs yet';
    throw new CommandError(`no log of "${this.#instance ?? 'anything'}"; ${known}`, EXIT.usage);
  }
}

/** How often a folder is looked at that cannot be watched, ms. */
const LOOK_EVERY_MS = 500;

/** Undefined: it is not there, as while a start forgets all state, or the system has no watch left. */
function watcherOf(folder: string): FSWatcher | undefined {
  try {
    return watch(folder);
  } catch {
    return undefined;
  }
}

/** Resolves at the next change of the folder, or when it is over; after a while where nothing tells of changes. */
function changed(folder: string, signal: AbortSignal): Promise<void> {
  const watcher = watcherOf(folder);
  if (!watcher) return sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  return new Promise((resolve) => {
    const done = (): void => {
      watcher.close();
      signal.removeEventListener('abort', done);
      resolve();
    };
    watcher.on('change', done).on('error', done);
    signal.addEventListener('abort', done);
  });
}

export async function runLogs(
  home: string,
  instance: string | undefined,
  options: LogOptions & { readonly output: Output },
): Promise<ExitCode> {
  const { output, json, signal } = options;
  const folder = join(home, 'logs');
  const logs = new Logs(folder, { instance, first: options.lines });
  const tell = (found: readonly Entry[]): void => {
    for (const { name, text } of found) output.line(json ? text : logLine(name, text));
  };
  tell((await logs.entries()).slice(-options.lines));
  while (options.follow && !signal.aborted) {
    const change = changed(folder, signal);
    tell(await logs.entries());
    await change;
  }
  return EXIT.done;
}
