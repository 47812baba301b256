/** `npm run anomaly:evaluate -- --data DIR [--step SECONDS] [--report FILE]` */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { evaluate, type Cell } from './evaluate.ts';
import { DataError, labelledIn } from './labelled.ts';
import { summarise, tableOf } from './table.ts';

const secondsOf = (text: string): number => {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError('it must be a number above 0');
};

const command = new Command('npm run anomaly:evaluate --')
  .description(
    "Scores the brain's anomaly detector on labelled figures (NAME.csv, or NAME_train.csv and NAME_test.csv, also .gz: time, figures, label).",
  )
  .requiredOption('--data <dir>', 'folder of labelled figures, a row a moment')
  .option('--step <seconds>', 'time from row to row', secondsOf, 60)
  .option('--report <file>', 'write all cells there as JSON')
  .helpOption('--help', 'show this')
  .allowExcessArguments(false)
  .exitOverride();

const from = process.env['INIT_CWD'] ?? process.cwd();
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

interface Options {
  readonly data: string;
  readonly step: number;
  readonly report?: string;
}

async function run({ data, step, report }: Options): Promise<void> {
  const cells: Cell[] = [];
  for await (const labelled of labelledIn(resolve(from, data), (why) => tell(`left out: ${why}`))) {
    tell(`${labelled.series}: ${labelled.rows.length} rows, ${labelled.figures.length} figures`);
    cells.push(...evaluate(labelled, step));
  }
  const summary = summarise(cells);
  process.stdout.write(`${tableOf([...cells, ...summary])}\n`);
  if (report !== undefined)
    await writeFile(resolve(from, report), `${JSON.stringify({ stepS: step, summary, cells }, null, 2)}\n`);
}

try {
  await run(command.parse().opts());
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    const known = error instanceof DataError || (error as NodeJS.ErrnoException).code !== undefined;
    tell(`atlas: ${known ? (error as Error).message : String((error as Error).stack)}`);
    process.exitCode = 1;
  }
}
