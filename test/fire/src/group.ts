/** Cells that share one stack: done one after another, then audited together. */
import type { Cell } from './cells.ts';
import { nextFrom } from './cells.ts';
import { runCell, type CellResult } from './cell-run.ts';
import { Field } from './field.ts';
import { rowOf, type Row } from './row.ts';

/** Cells on one stack at most: what is not audited yet is lost when the run is ended by force. */
export const GROUP = 20;

export interface GroupResult {
  readonly rows: readonly Row[];
  /** Folder of the stack when something went wrong, with all logs. */
  readonly home: string | null;
}

export interface GroupOptions {
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Monotonic, ms: no further cell begins after it. */
  readonly until: number;
  readonly onCell: (result: CellResult) => void;
}

/** A cell after which the stack is not in order: nothing more is done there. */
const broken = (cell: Cell, from: number, error: unknown): CellResult => ({
  ...{ cell, outcome: 'fail', agreeMs: null, from, struckAt: from, to: Date.now() },
  why: error instanceof Error ? error.message : String(error),
});

async function runCells(field: Field, cells: readonly Cell[], options: GroupOptions): Promise<CellResult[]> {
  const left = [...cells];
  const results: CellResult[] = [];
  while (results.length < GROUP && !options.signal.aborted && performance.now() < options.until) {
    const cell = nextFrom(left, await field.shape().catch(() => undefined));
    if (!cell) break;
    left.splice(left.indexOf(cell), 1);
    const from = Date.now();
    const result = await runCell(field, cell).catch((error: unknown) => broken(cell, from, error));
    results.push(result);
    options.onCell(result);
    if (result.outcome === 'fail') break;
  }
  return results;
}

async function auditOf(field: Field): Promise<readonly string[]> {
  try {
    const { orders } = await field.load.stop();
    const { problems } = await field.shop.audit();
    return orders.unsettled === 0 ? problems : [...problems, `${orders.unsettled} orders have no end`];
  } catch (error) {
    return [`no audit: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** Starts a stack, does as many of the cells as a group holds, audits, and ends it. */
export async function runGroup(cells: readonly Cell[], options: GroupOptions): Promise<GroupResult> {
  const field = await Field.open(options.seed);
  let rows: readonly Row[] = [];
  try {
    const results = await runCells(field, cells, options);
    const problems = await auditOf(field);
    const failures = (await field.load.records()).filter(({ failed }) => failed);
    rows = results.map((result) => rowOf(result, failures, problems));
  } finally {
    await field.close(rows.length === 0 || rows.some(({ outcome }) => outcome === 'fail'));
  }
  return { rows, home: rows.some(({ outcome }) => outcome === 'fail') ? field.shop.home : null };
}
