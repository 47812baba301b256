/** The runs that are over, in a file from which a later call can go on. */
import {
  assertWritable,
  machineFacts,
  stateIn,
  UsageError,
  writeReport,
  writeWhole,
  type Report,
} from '@atlas/stack';
import { drawControllers, titleOfControllers } from '@atlas/picture';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { medians, type Cell, type Run } from './cells.ts';

/** What tells why a cell is as it is. */
type Why = Partial<Pick<NonNullable<Report['control']>, 'cpuMsPerRequestByApp' | 'surges' | 'decisions'>> & {
  readonly troubles?: readonly string[];
};

/** A run that is over. */
export interface Done extends Cell, Why {
  readonly repeat: number;
  /** Of the code that ran; null without git. */
  readonly commit: string | null;
}

export interface BookOptions {
  /** Absolute; null: nothing is written. */
  readonly report: string | null;
  readonly resume: boolean;
  /** What the rates of all runs are made of. */
  readonly capacity: object;
  /** Of the first repeat: all controllers meet the same requests. */
  readonly seed: number;
  /** A folder on the file system of the shops' state. */
  readonly home: string;
  /** What was checked out when the first run began, for all that follow: they run what was built then. Null without git. */
  readonly commit: string | null;
}

interface Written {
  readonly capacity: object;
  /** Undefined: nobody wrote it down. */
  readonly seed: number | undefined;
  readonly runs: readonly Done[];
}

const wasRun =
  ({ trace, controller, repeat }: Run) =>
  (done: Done): boolean =>
    done.trace === trace && done.controller === controller && done.repeat === repeat;

const cellOfDone = ({ trace, controller, requests, failed, sloViolationS, ...rest }: Done): Cell => ({
  ...{ trace, controller, requests, failed, sloViolationS },
  ...{ cpuMsPerRequest: rest.cpuMsPerRequest, switches: rest.switches },
});

const whyOf = ({ cpuMsPerRequestByApp, surges, decisions, troubles = [] }: Why): Why => ({
  ...(cpuMsPerRequestByApp && { cpuMsPerRequestByApp }),
  ...(surges && { surges }),
  ...(decisions && { decisions }),
  ...(troubles.length > 0 && { troubles }),
});

export class Book {
  readonly #options: BookOptions;
  readonly #done: Done[];

  private constructor(options: BookOptions, done: readonly Done[]) {
    this.#options = options;
    this.#done = [...done];
  }

  /** @throws UsageError when the report cannot be written, or to go on makes no sense */
  static async open(options: BookOptions): Promise<Book> {
    const { report, resume } = options;
    if (resume && report === null) throw new UsageError('--resume needs the --report to go on with');
    const before = resume && report !== null ? await written(report, options) : [];
    await assertWritable(report);
    return new Book(options, before);
  }

  has(run: Run): boolean {
    return this.#done.some(wasRun(run));
  }

  cells(): Cell[] {
    return medians(this.#done.map(cellOfDone));
  }

  /** Writes at once: what was measured is not lost with what comes after it. */
  async add({ repeat }: Run, cell: Cell, why: Why): Promise<void> {
    const { report, capacity, seed, home, commit } = this.#options;
    this.#done.push({ repeat, commit, ...cell, ...whyOf(why) });
    if (report === null) return;
    const machine = { ...machineFacts(), state: await stateIn(home) };
    const at = new Date().toISOString();
    const whole = { cells: this.cells(), capacity, seed, at, machine, runs: this.#done };
    await writeReport(report, whole);
  }

  /**
   * Draws every cell, also the lost ones: beside a report that is a `.json`, else in `otherwise`.
   * @returns the picture's file
   */
  async draw(otherwise: string): Promise<string> {
    const { report } = this.#options;
    const file = report?.endsWith('.json') ? report.replace(/json$/, 'svg') : otherwise;
    await mkdir(dirname(file), { recursive: true });
    const drawn = { cells: this.cells(), runs: this.#done };
    await writeWhole(file, drawControllers(drawn.cells, titleOfControllers(drawn)));
    return file;
  }
}

async function written(
  report: string,
  { capacity, seed }: Pick<BookOptions, 'capacity' | 'seed'>,
): Promise<readonly Done[]> {
  const text = await readFile(report, 'utf8').catch(() => undefined);
  if (text === undefined) throw new UsageError(`--resume: there is no report at ${report}`);
  const before = reportIn(text);
  if (before === undefined) throw new UsageError(`--resume: ${report} is no report of controllers`);
  if (!isDeepStrictEqual(before.capacity, capacity))
    throw new UsageError(`--resume: ${report} was measured with another capacity, so with other rates`);
  if (before.seed !== undefined && before.seed !== seed)
    throw new UsageError(`--resume: ${report} was measured with other requests: say --seed ${before.seed}`);
  return before.runs;
}

function reportIn(text: string): Written | undefined {
  try {
    const { capacity, seed, runs } = JSON.parse(text) as Partial<Written>;
    return capacity !== undefined && Array.isArray(runs) ? { capacity, seed, runs } : undefined;
  } catch {
    return undefined;
  }
}
