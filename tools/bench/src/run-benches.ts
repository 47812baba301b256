/** `npm run bench`: measures, shows a line for each row, writes the report. */
import { writeFile } from 'node:fs/promises';
import { StackError } from '@atlas/platform-stack';
import { assertWritable, type Session } from '@atlas/stack';
import { goalText, type Bench, type Measurement } from './bench.ts';
import type { BenchOptions } from './options.ts';
import { lineOf, reportOf, rowsOf } from './report.ts';

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

/** @returns the exit code: 1 when a goal was missed. @throws StackError when this machine lacks something for each bench */
export async function runBenches({ options, screen, signal }: Session<BenchOptions>): Promise<number> {
  if (options.list) {
    screen.say(listing(options.benches));
    return 0;
  }
  await assertWritable(options.report);
  const measured: (readonly [Bench, Measurement])[] = [];
  for (const bench of options.benches) {
    const lack = bench.missing?.();
    screen.say(`${bench.name}: ${lack === undefined ? bench.about : `not run: ${lack}`}`);
    if (lack !== undefined) continue;
    const say = (line: string): void => screen.say(`  ${line}`);
    const context = { rounds: options.rounds, span: (ms: number) => ms, say, signal };
    const measurement = await bench.run(context).catch((error: unknown) => {
      signal.throwIfAborted(); // Ctrl-C has ended the parties, too
      throw error;
    });
    measured.push([bench, measurement]);
    for (const row of rowsOf(bench, measurement)) say(lineOf(row));
  }
  if (measured.length === 0) throw new StackError('nothing was measured');
  const report = await reportOf(measured, options.rounds);
  if (options.report !== null) await writeFile(options.report, `${JSON.stringify(report, null, 2)}\n`);
  return report.rows.every(({ met }) => met !== false) ? 0 : 1;
}
