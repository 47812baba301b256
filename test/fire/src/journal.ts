/** What has been done, a line of JSON each, so that a run that was ended can be taken up again. */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Row } from './row.ts';

interface Head {
  readonly seed: number;
}

export class Journal {
  readonly path: string;
  readonly rows: Row[];

  private constructor(path: string, rows: Row[]) {
    this.path = path;
    this.rows = rows;
  }

  /** A new one. */
  static async begin(path: string, seed: number): Promise<Journal> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${JSON.stringify({ seed })}\n`);
    return new Journal(path, []);
  }

  /** The one that is there. @throws Error when there is none, or when it is of another seed. */
  static async resume(path: string, seed: number): Promise<Journal> {
    const text = await readFile(path, 'utf8').catch(() => {
      throw new Error(`there is nothing to resume: ${path} is missing`);
    });
    const [head = '{}', ...lines] = text.split('\n').filter((line) => line.endsWith('}'));
    const { seed: its } = JSON.parse(head) as Head;
    if (its !== seed) throw new Error(`${path} is of seed ${its}; resume it with --seed ${its}`);
    return new Journal(
      path,
      lines.map((line) => JSON.parse(line) as Row),
    );
  }

  async add(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    await appendFile(this.path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    this.rows.push(...rows);
  }
}
