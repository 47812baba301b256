/** `npm run bench`: measures, shows a line for each row, writes the report. */
import { repositoryRoot, StackError } from '@atlas/platform-stack';
import { assertWritable, commitOf, writeReport, type Session } from '@atlas/stack';
import { goalText, type Bench, type Measurement } from './bench.ts';
import { wordsOf } from './folder.ts';
import type { BenchOptions } from './options.ts';
import { lineOf, reportOf, rowsOf } from './report.ts';

/** What a row is the median of, at least. */
const FEWEST_ROUNDS = 5;

const listing = (benches: readonly Bench[]): string =>
  benches
    .map(({ name, about, rows }) => {
      const lines = rows.map((row) => {
        const goal = row.goal === undefined ? '' : ` (goal ${goalText(row.goal)})`;
        return `    ${row.name}${goal}: ${row.about}`;
      });
      return [`${name}: ${about}`, ...lines].join('\n');
    })
    .join('\n');

/**
 * Writes after each bench: a stop loses the one that was going on. One that fails costs no other its turn.
 * @returns the exit code: 1 when a goal was missed.
 * @throws StackError when this machine lacks something for each bench, and at the end, when some have failed
 */
export async function runBenches(session: Session<BenchOptions>): Promise<number> {
  const { options, screen, signal } = session;
  const { report: file, rounds } = options;
  if (options.list) {
    screen.say(listing(options.benches));
    return 0;
  }
  await assertWritable(file);
  if (rounds < FEWEST_ROUNDS) screen.say(`fewer than ${FEWEST_ROUNDS} rounds: a first look, no result`);
  const commit = await commitOf(repositoryRoot());
  const measured: (readonly [Bench, Measurement])[] = [];
  const failed: string[] = [];
  const tellWritten = (): void => {
    const names = measured.map(([{ name }]) => name).join(', ');
    if (file !== null) screen.say(`written to ${file}: ${names || 'nothing'}`);
  };
  for (const bench of options.benches) {
    const measurement = await measure(bench, session).catch((error: unknown) => {
      if (signal.aborted) {
        tellWritten();
        throw error;
      }
      screen.say(`  FAILED: ${wordsOf(error)}`);
      failed.push(bench.name);
      return undefined;
    });
    if (measurement === undefined) continue;
    measured.push([bench, measurement]);
    await writeReport(file, reportOf(measured, { rounds, commit }));
  }
  if (failed.length > 0) {
    tellWritten();
    throw new StackError(`failed, and without rows: ${failed.join(', ')}`);
  }
  if (measured.length === 0) throw new StackError('nothing was measured');
  const rows = measured.flatMap(([bench, measurement]) => rowsOf(bench, measurement));
  return rows.every(({ met }) => met !== false) ? 0 : 1;
}

/** Undefined when this machine lacks something for it. */
async function measure(
  bench: Bench,
  { options, screen, signal }: Pick<Session<BenchOptions>, 'options' | 'screen' | 'signal'>,
): Promise<Measurement | undefined> {
  const lack = bench.missing?.();
  screen.say(`${bench.name}: ${lack === undefined ? bench.about : `not run: ${lack}`}`);
  if (lack !== undefined) return undefined;
  const say = (line: string): void => screen.say(`  ${line}`);
  const context = { rounds: options.rounds, span: (ms: number) => ms, say, signal };
  const measurement = await bench.run(context).catch((error: unknown) => {
    signal.throwIfAborted(); // Ctrl-C has ended the parties, too
    throw error;
  });
  for (const row of rowsOf(bench, measurement)) say(lineOf(row));
  return measurement;
}
