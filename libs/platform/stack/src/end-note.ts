/**
 * How a process ended, told by whoever ran it to a switcher that did not: only a parent learns of signal and code.
 * One note for each name, the newest: it names the process by its nonce.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { replaceFile } from './private-file.ts';

export const EndNote = Type.Object({
  nonce: Type.String(),
  /** Exit code; null when a signal ended it. */
  code: Type.Union([Type.Integer(), Type.Null()]),
  signal: Type.Union([Type.String(), Type.Null()]),
  /** Its runner had told it to stop. */
  asked: Type.Boolean(),
});
export type EndNote = Readonly<Static<typeof EndNote>>;

const folderOf = (home: string): string => join(home, 'serve', 'ends');
const pathOf = (home: string, instance: string): string => join(folderOf(home), `${instance}.json`);

/** Leaves the note. @throws the file system's error when the folder cannot be written. */
export async function leaveEndNote(home: string, instance: string, note: EndNote): Promise<void> {
  await mkdir(folderOf(home), { recursive: true, mode: 0o700 });
  await replaceFile(pathOf(home, instance), JSON.stringify(note));
}

/** The note about this very process; undefined when there is none (yet), or none that can be read. */
export async function readEndNote(
  home: string,
  instance: string,
  nonce: string,
): Promise<EndNote | undefined> {
  try {
    const note: unknown = JSON.parse(await readFile(pathOf(home, instance), 'utf8'));
    return Value.Check(EndNote, note) && note.nonce === nonce ? note : undefined;
  } catch {
    return undefined;
  }
}
