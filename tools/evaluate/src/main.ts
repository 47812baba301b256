/** `npm run forecast:evaluate` and `npm run anomaly:evaluate`: `main.js forecast|anomaly OPTIONS`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathFromHere } from '@atlas/platform-config';
import { Command, CommanderError } from 'commander';
import { anomalyEvaluation } from './anomaly/evaluation.ts';
import type { Evaluation } from './evaluation.ts';
import { forecastEvaluation } from './forecast/evaluation.ts';
import { InputError } from './input.ts';

const EVALUATIONS: Readonly<Record<string, Evaluation>> = {
  forecast: forecastEvaluation,
  anomaly: anomalyEvaluation,
};

const tell = (line: string): void => void process.stderr.write(`${line}\n`);

function commandOf({ script, description, options }: Evaluation): Command {
  const command = new Command(`npm run ${script} --`).description(description);
  for (const option of options) command.addOption(option);
  return command
    .option('--report <file>', 'write all cells there as JSON', pathFromHere)
    .helpOption('--help', 'show this')
    .allowExcessArguments(false)
    .exitOverride();
}

async function main([which = '', ...args]: readonly string[]): Promise<void> {
  const evaluation = EVALUATIONS[which];
  if (!evaluation) throw new InputError(`there is no evaluation "${which}"`);
  const { report: file, ...options } = commandOf(evaluation)
    .parse(args, { from: 'user' })
    .opts<{ report?: string }>();
  if (file !== undefined) await mkdir(dirname(file), { recursive: true }); // before minutes of work
  const { text, report } = await evaluation.run(options, tell);
  process.stdout.write(`${text}\n`);
  if (file !== undefined) await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    const known = error instanceof InputError || (error as NodeJS.ErrnoException).code !== undefined;
    tell(`atlas: ${known ? (error as Error).message : String((error as Error).stack)}`);
    process.exitCode = 1;
  }
}
