/** A folder of CSV files, plain or gzipped. */
import { readFile, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Something about the input that people can mend; the message says what. */
export class InputError extends Error {}

export interface CsvFile {
  /** File name without its endings. */
  readonly name: string;
  readonly path: string;
}

const ENDINGS = /\.csv(\.gz)?$/i;

/** By file name. @throws InputError when the folder cannot be read, or a name is there twice: plain and gzipped */
export async function csvFiles(folder: string): Promise<CsvFile[]> {
  const names = await readdir(folder).catch((error: Error) => {
    throw new InputError(`cannot read the folder: ${error.message}`);
  });
  const files = names
    .filter((name) => ENDINGS.test(name))
    .sort()
    .map((name) => ({ name: name.replace(ENDINGS, ''), path: join(folder, name) }));
  for (const [name, same] of Map.groupBy(files, (file) => file.name)) {
    const paths = same.map(({ path }) => basename(path)).join(' and ');
    if (same.length > 1) throw new InputError(`${paths} are both ${name}: leave one of them`);
  }
  return files;
}

/** What `parse` makes of the file's text. @throws InputError that names the file */
export async function parsed<T>(path: string, parse: (text: string) => T): Promise<T> {
  try {
    const raw = await readFile(path);
    return parse((raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw).toString('utf8'));
  } catch (error) {
    throw new InputError(`${basename(path)}: ${(error as Error).message}`, { cause: error });
  }
}
