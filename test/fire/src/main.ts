/** `npm run fire`: the fire matrix on the real stack under real load. */
import { join } from 'node:path';
import { repositoryRoot } from '@atlas/platform-stack';
import { assertWritable, commitOf, runCommand, UsageError, type Session } from '@atlas/stack';
import { cellsOf, type Cell } from './cells.ts';
import type { CellResult } from './cell-run.ts';
import { runGroup, type GroupOptions } from './group.ts';
import { Journal } from './journal.ts';
import { parseFire, type FireOptions } from './options.ts';
import { dealt, leftAfter, nextGroup, toDo } from './plan.ts';
import { summaryOf, totalsOf, writeFireReport } from './report.ts';
import { repeated } from './row.ts';

/** Share of cells that may not be reached in a run that passes. */
const NOT_REACHED_AT_MOST = 0.1;

const chosen = ({ id, transition }: Cell, only: string | null): boolean =>
  only === null || id.includes(only) || transition.name.includes(only);

function lineOf({ cell, outcome, agreeMs, why, from, to }: CellResult, number: string): string {
  const took = `${((to - from) / 1_000).toFixed(1)} s`;
  const agreed = agreeMs === null ? '' : `, agreed after ${agreeMs} ms`;
  const reason = why === null ? '' : `: ${why}`;
  return `${number}  ${outcome.padEnd(11)} ${cell.id} in ${cell.transition.name} (${took}${agreed})${reason}`;
}

async function openJournal({ resume, seed, report }: FireOptions, path: string): Promise<Journal> {
  if (!resume) return Journal.begin(path, seed);
  return Journal.resume(path, seed, report).catch((error: unknown) => {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  });
}

interface Running {
  readonly journal: Journal;
  readonly group: GroupOptions;
  readonly say: (line: string) => void;
  /** The report is as the journal. */
  readonly written: () => Promise<void>;
}

/** One stack after another, until its cells are done or the time is over. */
async function work(cells: readonly Cell[], { journal, group, say, written }: Running): Promise<void> {
  let left = cells;
  while (left.length > 0 && !group.signal.aborted && performance.now() < group.until) {
    const { rows, home } = await runGroup(nextGroup(left, journal), group);
    const kept = rows.map((row) => repeated(journal.row(row.id), row));
    left = leftAfter(kept, left);
    await journal.add(kept);
    await written();
    for (const row of kept.filter(({ outcome }) => outcome === 'fail'))
      say(`FAILED${row.first ? ' AGAIN' : ''} ${row.id} in ${row.transition}: ${row.why ?? ''}`);
    if (home !== null) say(`its logs: ${home}`);
  }
}

async function fire({ options, settings, screen, signal }: Session<FireOptions>): Promise<number> {
  const { seed, only, report } = options;
  const all = cellsOf(seed);
  const wanted = all.filter((cell) => chosen(cell, only));
  if (wanted.length === 0) throw new UsageError(`no cell has "${only ?? ''}" in it`);
  const cells = options.cells ?? wanted.length;
  if (options.list) {
    for (const { id, transition } of wanted.slice(0, cells)) screen.say(`${id}  ${transition.name}`);
    return 0;
  }
  await assertWritable(report);
  const journal = await openJournal(options, join(settings.home, 'fire.jsonl'));
  journal.keep(all);
  const commit = await commitOf(repositoryRoot());
  const todo = toDo(wanted, journal, cells);
  screen.say(
    `${todo.length} cells to do, of ${all.length} of the whole matrix; results go to ${journal.path}`,
  );
  const until = options.minutes === null ? Infinity : performance.now() + options.minutes * 60_000;
  let number = 0;
  const onCell = (result: CellResult): void => screen.say(lineOf(result, `${(number += 1)}/${todo.length}`));
  const running: Running = {
    ...{ journal, say: (line) => screen.say(line), group: { seed, commit, signal, until, onCell } },
    written: async () => {
      if (report !== null) await writeFireReport(report, { seed, all, rows: journal.rows });
    },
  };
  const ends = await Promise.allSettled(dealt(todo, options.stacks).map((own) => work(own, running)));
  await running.written();
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  const totals = totalsOf(all, journal.rows);
  screen.say(summaryOf(totals));
  signal.throwIfAborted();
  const tried = totals.done + totals.notReached;
  const enough = totals.done > 0 && totals.notReached <= tried * NOT_REACHED_AT_MOST;
  if (!enough) screen.say('too many cells were not reached: such a run shows little');
  // A cell that passed only when it was repeated is told apart, and no pass (R2).
  return totals.failed + totals.passedRepeated === 0 && enough ? 0 : 1;
}

await runCommand(parseFire, fire);
