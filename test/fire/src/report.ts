/** The report of a run: every row, and how much of the matrix they are. */
import { repositoryRoot } from '@atlas/platform-stack';
import { commitOf, machineFacts } from '@atlas/stack';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pairsOf, type Cell } from './cells.ts';
import { OUT_OF_REACH } from './points.ts';
import type { Row } from './row.ts';

export interface Totals {
  /** Cells of the whole matrix. */
  readonly cells: number;
  readonly done: number;
  readonly passed: number;
  readonly failed: number;
  readonly notReached: number;
  /** Pairs of a transition with a fault, a participant or a point: met by cells that passed or failed, of those there are. */
  readonly pairs: { readonly met: number; readonly planned: number };
  readonly failedRequests: number;
  readonly excusedRequests: number;
  readonly worstAgreeMs: number;
  /** Of all cells done, with the start and the audit of their stacks. */
  readonly minutes: number;
}

export function totalsOf(all: readonly Cell[], rows: readonly Row[]): Totals {
  const ran = new Set(rows.filter(({ outcome }) => outcome !== 'not_reached').map(({ id }) => id));
  const pairs = (cells: readonly Cell[]): number =>
    new Set(cells.flatMap((cell) => pairsOf(cell, cell.transition))).size;
  const count = (outcome: Row['outcome']): number => rows.filter((row) => row.outcome === outcome).length;
  const sum = (of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0);
  return {
    cells: all.length,
    done: rows.length,
    passed: count('pass'),
    failed: count('fail'),
    notReached: count('not_reached'),
    pairs: { met: pairs(all.filter(({ id }) => ran.has(id))), planned: pairs(all) },
    failedRequests: sum(({ failed }) => failed),
    excusedRequests: sum(({ excused }) => excused),
    worstAgreeMs: Math.max(0, ...rows.map(({ agreeMs }) => agreeMs ?? 0)),
    minutes: Math.round(sum(({ seconds }) => seconds) / 6) / 10,
  };
}

export async function writeFireReport(
  path: string,
  {
    seed,
    all,
    rows,
  }: { readonly seed: number; readonly all: readonly Cell[]; readonly rows: readonly Row[] },
): Promise<void> {
  const commit = await commitOf(repositoryRoot());
  const document = {
    ...{ seed, commit, machine: machineFacts(), totals: totalsOf(all, rows), outOfReach: OUT_OF_REACH },
    rows,
  };
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(document, null, 1)}\n`);
}
