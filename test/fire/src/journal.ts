/**
 * What has been done, a line of JSON each, so that a run that was ended can be taken up again. A line that a stop or a full
 * disk tore is left out.
 */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Cell } from './cells.ts';
import type { Row } from './row.ts';

interface Head {
  readonly seed: number;
}

export class Journal {
  readonly path: string;
  readonly #rows: Map<string, Row>;

  private constructor(path: string, rows: readonly Row[]) {
    this.path = path;
    this.#rows = new Map(rows.map((row) => [row.id, row]));
  }

  /** One for each cell: the newest. */
  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }

  row(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  /** Forgets rows of cells that are not drawn any more, or drawn with another transition. */
  keep(cells: readonly Cell[]): void {
    const drawn = new Map(cells.map(({ id, transition }) => [id, transition.name]));
    for (const { id, transition } of this.rows) if (drawn.get(id) !== transition) this.#rows.delete(id);
  }

  /** A new one. */
  static async begin(path: string, seed: number): Promise<Journal> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${JSON.stringify({ seed })}\n`);
    return new Journal(path, []);
  }

  /**
   * The one that is there, and what only the report holds: its run may have been on another machine, and a journal of
   * this seed may be of another run, as that of the sample in CI is. Begun when there is none.
   * @throws Error when one of them is of another seed, or of something else
   */
  static async resume(path: string, seed: number, report: string | null): Promise<Journal> {
    const reported = report === null ? [] : await rowsIn(report, seed);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    const journal = text === undefined ? await Journal.begin(path, seed) : Journal.#parse(path, seed, text);
    await journal.add(reported.filter(({ id }) => journal.row(id) === undefined));
    return journal;
  }

  static #parse(path: string, seed: number, text: string): Journal {
    const [head, ...rows] = text.split('\n').flatMap((line) => parsed(line) ?? []);
    const { seed: its } = (head ?? {}) as Partial<Head>;
    if (its === undefined) throw new Error(`${path} is no journal of cells: remove it first`);
    if (its !== seed) throw new Error(`${path} is of seed ${its}; resume it with --seed ${its}`);
    return new Journal(path, rows as Row[]);
  }

  async add(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    // Begun anew, whatever a stop has left of the last line.
    await appendFile(this.path, rows.map((row) => `\n${JSON.stringify(row)}\n`).join(''));
    for (const row of rows) this.#rows.set(row.id, row);
  }
}

/** None when there is no such report. */
async function rowsIn(report: string, seed: number): Promise<readonly Row[]> {
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const { seed: its, rows } = (parsed(text) ?? {}) as Partial<Head & { readonly rows: readonly Row[] }>;
  if (its === undefined || !Array.isArray(rows)) throw new Error(`${report} is no report of cells`);
  if (its !== seed) throw new Error(`${report} is of seed ${its}; resume it with --seed ${its}`);
  return rows;
}

function parsed(text: string): object | undefined {
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}
