/** The report of a run, or of several that went on where the one before ended: every row, and how much of the matrix they are. */
import { machineFacts, writeWhole } from '@atlas/stack';
import { pairsOf, type Cell } from './cells.ts';
import { OUT_OF_REACH } from './points.ts';
import { isToRepeat, verdictOf, type Row, type Try, type Verdict } from './row.ts';

/** What was run on one commit. */
export interface Part {
  readonly commit: string | null;
  /** Tries: a cell that was repeated counts twice. */
  readonly tries: number;
  readonly minutes: number;
}

export interface Totals {
  /** Cells of the whole matrix. */
  readonly cells: number;
  /** Run, and reached. */
  readonly done: number;
  /** Open: not run yet, or not reached. */
  readonly left: number;
  /** At the first try. */
  readonly passed: number;
  /** Failed at the first try, passed at the second, on a stack of its own. */
  readonly passedRepeated: number;
  /** At both tries, or at the only one. */
  readonly failed: number;
  /** Of the failed ones: those whose second try is still to come. */
  readonly toRepeat: number;
  /** Of those that are left: run, but its fault never struck. The next run of them forgets this one. */
  readonly notReached: number;
  /** Pairs of a transition with a fault, a participant or a point: met by cells that were reached, of those there are. */
  readonly pairs: { readonly met: number; readonly planned: number };
  /** Of all tries, as the next one. */
  readonly failedRequests: number;
  readonly excusedRequests: number;
  readonly worstAgreeMs: number;
  /** Of all tries, each for itself when several stacks ran at once: in cells, and for their stacks (start, ways to the shapes that cells begin in, audit, end). */
  readonly minutes: { readonly cells: number; readonly stacks: number };
  readonly parts: readonly Part[];
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);
const minutes = (seconds: number): number => Math.round(seconds / 6) / 10;
const triesOf = (row: Row): readonly Try[] => (row.first === null ? [row] : [row.first, row]);

function partsOf(tries: readonly Try[]): readonly Part[] {
  const commits = [...new Set(tries.map(({ commit }) => commit))];
  return commits.map((commit) => {
    const own = tries.filter((each) => each.commit === commit);
    const seconds = sum(own, (each) => each.seconds + each.stackSeconds);
    return { commit, tries: own.length, minutes: minutes(seconds) };
  });
}

export function totalsOf(all: readonly Cell[], rows: readonly Row[]): Totals {
  const verdicts = new Map(rows.map((row) => [row.id, verdictOf(row)]));
  const count = (verdict: Verdict): number =>
    [...verdicts.values()].filter((each) => each === verdict).length;
  const pairs = (cells: readonly Cell[]): number =>
    new Set(cells.flatMap((cell) => pairsOf(cell, cell.transition))).size;
  const ran = all.filter(({ id }) => (verdicts.get(id) ?? 'not_reached') !== 'not_reached');
  const tries = rows.flatMap(triesOf);
  const done = rows.length - count('not_reached');
  return {
    ...{ cells: all.length, done, left: all.length - done },
    passed: count('pass'),
    passedRepeated: count('pass_repeated'),
    failed: count('fail'),
    toRepeat: rows.filter(isToRepeat).length,
    notReached: count('not_reached'),
    pairs: { met: pairs(ran), planned: pairs(all) },
    failedRequests: sum(tries, ({ failed }) => failed),
    excusedRequests: sum(tries, ({ excused }) => excused),
    worstAgreeMs: Math.max(0, ...tries.map(({ agreeMs }) => agreeMs ?? 0)),
    minutes: {
      cells: minutes(sum(tries, ({ seconds }) => seconds)),
      stacks: minutes(sum(tries, ({ stackSeconds }) => stackSeconds)),
    },
    parts: partsOf(tries),
  };
}

const shortOf = (commit: string | null): string =>
  commit === null ? 'no commit' : commit.slice(0, 7) + (commit.endsWith('+') ? '+' : '');

/** All of it in one line. */
export function summaryOf(totals: Totals): string {
  const { cells, done, left, passed, passedRepeated, failed, toRepeat, notReached } = totals;
  return (
    `${done} of ${cells} cells run, ${left} not yet (${notReached} of them not reached): ` +
    `${passed} passed, ${passedRepeated} passed only when repeated, ` +
    `${failed} failed (${toRepeat} of them still to be repeated); ` +
    `${totals.failedRequests} requests failed, ${totals.excusedRequests} more with what was struck; ` +
    `longest disagreement ${totals.worstAgreeMs} ms; ` +
    `${totals.minutes.cells} min in cells and ${totals.minutes.stacks} for their stacks, ` +
    `on ${totals.parts.map(({ commit, tries }) => `${shortOf(commit)} (${tries})`).join(', ') || 'no commit'}`
  );
}

export async function writeFireReport(
  path: string,
  {
    seed,
    all,
    rows,
  }: { readonly seed: number; readonly all: readonly Cell[]; readonly rows: readonly Row[] },
): Promise<void> {
  const totals = totalsOf(all, rows);
  const head = {
    ...{ summary: summaryOf(totals), seed, machine: machineFacts(), totals, outOfReach: OUT_OF_REACH },
  };
  // A line for each cell, so that a change of the report can be read.
  const lines = rows.map((row) => `\n${JSON.stringify(row)}`).join(',');
  const document = `${JSON.stringify(head, null, 1).slice(0, -2)},\n "rows": [${lines}\n]}\n`;
  await writeWhole(path, document); // stacks that run at once write it at any time
}
