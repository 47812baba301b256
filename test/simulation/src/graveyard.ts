/** Schedules that once broke an invariant, made small: committed, and replayed before all others. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import type { Schedule } from './schedule.ts';
import type { Violation } from './violation.ts';

export interface Grave {
  /** What it showed when it was found. */
  readonly found: Violation;
  /** One sentence: what was wrong, and what the cure was; empty until somebody knows. */
  readonly story: string;
  readonly schedule: Schedule;
}

const FOLDER = join(import.meta.dirname, '../graveyard');

export async function graves(): Promise<{ readonly name: string; readonly grave: Grave }[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => ({
      name,
      grave: JSON.parse(await readFile(join(FOLDER, name), 'utf8')) as Grave,
    })),
  );
}

/** @returns the name of its file. */
export async function bury(grave: Grave): Promise<string> {
  const name = `${grave.found.invariant.toLowerCase()}-${grave.schedule.seed}.json`;
  await mkdir(FOLDER, { recursive: true });
  await writeFile(join(FOLDER, name), await format(JSON.stringify(grave), { parser: 'json' }));
  return name;
}
