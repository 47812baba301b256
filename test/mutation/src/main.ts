/** `npm run mutate`: changes the switch machine in many small ways and shows which of them no test notices. */
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathFromHere } from '@atlas/platform-config';
import { assertWritable, UsageError, writeReport } from '@atlas/stack';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { plantMutants, type Mutant } from './mutants.ts';
import { GOAL, joined, nameOf, nothingTried, readRun, type MutationRun } from './mutation-run.ts';
import { suiteCode } from './suite-code.ts';
import { openSuite, SPEC_FILES } from './suite.ts';

const MACHINE = resolve(import.meta.dirname, '../../../apps/switcher/src/machine');
const SAY_EVERY_MS = 5_000;

interface Options {
  readonly report?: string;
  /** Goes on from what the report holds. */
  readonly resume: boolean;
  readonly every: number;
  readonly only?: string;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function parse(args: readonly string[]): Options | number {
  const every = (text: string): number => {
    if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
    throw new InvalidArgumentError('a whole number from 1 to 9999 is needed.');
  };
  const command = new Command('npm run mutate --')
    .description(
      'Changes the switch machine in one place at a time and runs its tests: each change should be noticed.',
    )
    .option('--report <file>', 'write what came of it there, as JSON, after each mutant', pathFromHere)
    .option('--resume', 'go on with the mutants that the report does not hold yet', false)
    .option('--every <number>', 'only each n-th mutant: a sample', every, 1)
    .option('--only <file>', 'only mutants of this file of the machine, e.g. steps.ts')
    .helpOption('--help', 'show this')
    .allowExcessArguments(false)
    .exitOverride();
  try {
    const options = command.parse(args, { from: 'user' }).opts<Options>();
    if (options.resume && options.report === undefined)
      command.error('error: --resume needs the report to go on from: --report <file>');
    return options;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
}

async function plantAll(): Promise<{ mutants: Mutant[]; code: ReadonlyMap<string, string> }> {
  const mutants: Mutant[] = [];
  const code = new Map<string, string>();
  for (const name of (await readdir(MACHINE)).sort()) {
    const planted = plantMutants(name, await readFile(join(MACHINE, name), 'utf8'), mutants.length);
    mutants.push(...planted.mutants);
    code.set(join(MACHINE, name), planted.code);
  }
  return { mutants, code };
}

interface Trying {
  readonly code: ReadonlyMap<string, string>;
  readonly before: MutationRun;
  /** Told the run after each mutant. */
  readonly keep: (run: MutationRun) => Promise<void>;
}

async function tryAll(wanted: readonly Mutant[], { code, before, keep }: Trying): Promise<MutationRun> {
  const suite = await openSuite((file) => code.get(file));
  let run = before;
  let said = performance.now();
  try {
    const healthy = await suite.killerOf(-1);
    if (healthy !== undefined) throw new Error(`the tests fail without any mutant: ${healthy}`);
    for (const mutant of wanted.slice(before.mutants)) {
      const killer = await suite.killerOf(mutant.id);
      run = joined(run, { mutant, killer });
      await keep(run);
      if (killer === undefined) say(`survives  ${nameOf(mutant)}`);
      if (performance.now() - said < SAY_EVERY_MS) continue;
      said = performance.now();
      say(`${run.mutants} of ${wanted.length} mutants tried`);
    }
  } finally {
    await suite.close();
  }
  return run;
}

async function main(): Promise<number> {
  const options = parse(process.argv.slice(2));
  if (typeof options === 'number') return options;
  const report = options.report ?? null;
  await assertWritable(report);
  const { every, only, resume } = options;
  const { mutants, code } = await plantAll();
  const wanted = mutants.filter(({ id, file }) => id % every === 0 && (only === undefined || file === only));
  if (wanted.length === 0) {
    process.stderr.write(`mutate: no mutant of ${only}; files are those of apps/switcher/src/machine\n`);
    return 2;
  }
  const sample = { every, only: only ?? null, code: await suiteCode(code.values(), SPEC_FILES) };
  const fresh = nothingTried(sample, wanted.length);
  const before = resume && report !== null ? await readRun(report, fresh) : fresh;
  if (before.mutants > 0) say(`${before.mutants} mutants are on record in ${report}: going on from there`);
  const keep = (run: MutationRun): Promise<void> => writeReport(report, run);
  const { mutants: tried, killed, score } = await tryAll(wanted, { code, before, keep });
  say(`${killed} of ${tried} mutants are noticed: ${score} % (goal: ${GOAL} %)`);
  return score >= GOAL ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`mutate: ${error.message}\n`);
  return 2;
});
