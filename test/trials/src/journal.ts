/** What a file of trials holds, without their looks; it grows with the file. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { keep, linesOf, type Recording, type RunFacts, type Trial } from './recording.ts';

/** A trial as a report counts it. */
export interface Entry extends Trial {
  /** From the first look to the last, ms; null without any. */
  readonly lastedMs: number | null;
  /** Of the host that had least room, at the end. */
  readonly strain: { readonly machine: number; readonly loop: number } | null;
}

export interface Run extends RunFacts {
  readonly entries: Entry[];
}

export function entryOf({ looks, ...trial }: Recording): Entry {
  const [first, last] = [looks[0], looks.at(-1)];
  if (first === undefined || last === undefined) return { ...trial, lastedMs: null, strain: null };
  const most = (which: 'machine' | 'loop'): number =>
    Math.max(...last.tallies.map(({ strain }) => strain[which]));
  const strain = { machine: most('machine'), loop: most('loop') };
  return { ...trial, lastedMs: last.at - first.at, strain };
}

export class Journal {
  readonly file: string;
  readonly runs: Run[] = [];

  private constructor(file: string) {
    this.file = file;
  }

  /** One without trials, whatever the file holds. */
  static async anew(file: string): Promise<Journal> {
    await mkdir(dirname(file), { recursive: true });
    return new Journal(file);
  }

  /** Reads what there is; a file that is not there is one without trials. */
  static async open(file: string): Promise<Journal> {
    const journal = await Journal.anew(file);
    if (existsSync(file)) for await (const line of linesOf([file])) journal.#add(line);
    return journal;
  }

  get entries(): Entry[] {
    return this.runs.flatMap(({ entries }) => entries);
  }

  async begin(run: RunFacts): Promise<void> {
    await this.#write({ run });
  }

  async took(recording: Recording): Promise<void> {
    await this.#write(recording);
  }

  async #write(line: Parameters<typeof keep>[1]): Promise<void> {
    await keep(this.file, line);
    this.#add(line);
  }

  /** A trial of a file that names no run has nothing to be counted under. */
  #add(line: Parameters<typeof keep>[1]): void {
    if ('run' in line) this.runs.push({ ...line.run, entries: [] });
    else this.runs.at(-1)?.entries.push(entryOf(line));
  }
}
