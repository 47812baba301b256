/** `npm run mutate`: changes the switch machine in many small ways and shows which of them no test notices. */
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathFromHere } from '@atlas/platform-config';
import { assertWritable, UsageError, writeReport } from '@atlas/stack';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { plantMutants, type Mutant } from './mutants.ts';
import { openSuite } from './suite.ts';

const MACHINE = resolve(import.meta.dirname, '../../../apps/switcher/src/machine');
/** At least so many of a hundred must be noticed. */
const GOAL = 80;
const SAY_EVERY_MS = 5_000;

interface Options {
  readonly report?: string;
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
    .option('--report <file>', 'write what came of it there, as JSON', pathFromHere)
    .option('--every <number>', 'only each n-th mutant: a sample', every, 1)
    .option('--only <file>', 'only mutants of this file of the machine, e.g. steps.ts')
    .helpOption('--help', 'show this')
    .allowExcessArguments(false)
    .exitOverride();
  try {
    return command.parse(args, { from: 'user' }).opts<Options>();
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

interface Fate {
  readonly mutant: Mutant;
  readonly killer: string | undefined;
}

async function tryAll(mutants: readonly Mutant[], code: ReadonlyMap<string, string>): Promise<Fate[]> {
  const suite = await openSuite((file) => code.get(file));
  const fates: Fate[] = [];
  let said = performance.now();
  try {
    const healthy = await suite.killerOf(-1);
    if (healthy !== undefined) throw new Error(`the tests fail without any mutant: ${healthy}`);
    for (const mutant of mutants) {
      const killer = await suite.killerOf(mutant.id);
      fates.push({ mutant, killer });
      if (killer === undefined) say(`survives  ${nameOf(mutant)}`);
      if (performance.now() - said < SAY_EVERY_MS) continue;
      said = performance.now();
      say(`${fates.length} of ${mutants.length} mutants tried`);
    }
  } finally {
    await suite.close();
  }
  return fates;
}

const short = (text: string): string => text.replace(/\s+/g, ' ').slice(0, 100);
const nameOf = ({ file, line, from, to }: Mutant): string =>
  `${file}:${line}  ${short(from)}  →  ${short(to)}`;

/** How many mutants each test was the first to notice, the busiest first. */
function countOf(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}

async function main(): Promise<number> {
  const options = parse(process.argv.slice(2));
  if (typeof options === 'number') return options;
  const report = options.report ?? null;
  await assertWritable(report);
  const { mutants, code } = await plantAll();
  const wanted = mutants.filter(
    ({ id, file }) => id % options.every === 0 && (options.only === undefined || file === options.only),
  );
  if (wanted.length === 0) {
    process.stderr.write(
      `mutate: no mutant of ${options.only}; files are those of apps/switcher/src/machine\n`,
    );
    return 2;
  }
  const fates = await tryAll(wanted, code);
  const survivors = fates.filter(({ killer }) => killer === undefined).map(({ mutant }) => mutant);
  const killed = fates.length - survivors.length;
  const score = Math.round((1_000 * killed) / fates.length) / 10;
  say(`${killed} of ${fates.length} mutants are noticed: ${score} % (goal: ${GOAL} %)`);
  await writeReport(report, {
    every: options.every,
    mutants: fates.length,
    killed,
    score,
    goal: GOAL,
    killers: countOf(fates.map(({ killer }) => killer ?? 'nobody')),
    survivors: survivors.map(nameOf),
  });
  return score >= GOAL ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`mutate: ${error.message}\n`);
  return 2;
});
