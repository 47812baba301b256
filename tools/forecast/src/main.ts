/** `npm run forecast:evaluate -- --traces DIR [--report FILE]` */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { evaluate, type Cell } from './evaluate.ts';
import { summarise, tableOf } from './summary.ts';
import { readTrace, traceFiles, TraceError } from './trace.ts';

const command = new Command('npm run forecast:evaluate --')
  .description(
    'Scores the forecaster that the brain runs on a folder of traces (*.csv, *.csv.gz: timestamp_utc,rps).',
  )
  .requiredOption('--traces <dir>', 'folder of traces, a row a minute')
  .option('--report <file>', 'write all cells there as JSON')
  .helpOption('--help', 'show this')
  .allowExcessArguments(false)
  .exitOverride();

const from = process.env['INIT_CWD'] ?? process.cwd();

async function run({ traces, report }: { traces: string; report?: string }): Promise<void> {
  const cells: Cell[] = [];
  for (const file of await traceFiles(resolve(from, traces))) {
    const trace = await readTrace(file);
    process.stderr.write(`${trace.series}: ${trace.rates.length} minutes\n`);
    cells.push(...evaluate(trace));
  }
  const summary = summarise(cells);
  process.stdout.write(`${tableOf(cells)}\n\n`);
  process.stdout.write(
    `mixture against the better peer: ${summary.relativeMape?.toFixed(3) ?? '–'} in the mean, ${summary.worstRelativeMape?.toFixed(3) ?? '–'} at worst; in its 80 % band: ${((summary.coverage80 ?? 0) * 100).toFixed(1)} %\n`,
  );
  if (report !== undefined)
    await writeFile(resolve(from, report), `${JSON.stringify({ cells, summary }, null, 2)}\n`);
}

try {
  await run(command.parse().opts());
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    const known = error instanceof TraceError || (error as NodeJS.ErrnoException).code !== undefined;
    process.stderr.write(`atlas: ${known ? (error as Error).message : String((error as Error).stack)}\n`);
    process.exitCode = 1;
  }
}
