/** Cells that share one stack: done one after another, then audited together. */
import type { Cell } from './cells.ts';
import { nextFrom } from './cells.ts';
import { runCell, type CellResult } from './cell-run.ts';
import { Field } from './field.ts';
import { rowsOf, type Group, type Row } from './row.ts';

/** Cells on one stack at most: what is not audited yet is lost when the run is ended by force. */
export const GROUP = 20;

export interface GroupResult {
  readonly rows: readonly Row[];
  /** Folder of the stack when something went wrong, with all logs. */
  readonly home: string | null;
}

export interface GroupOptions {
  readonly seed: number;
  readonly commit: string | null;
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

const hasFailed = (group: Omit<Group, 'seconds'>): boolean =>
  rowsOf({ ...group, seconds: 0 }).some(({ outcome }) => outcome === 'fail');

/** Starts a stack, does as many of the cells as a group holds, audits, and ends it. */
export async function runGroup(cells: readonly Cell[], options: GroupOptions): Promise<GroupResult> {
  const from = performance.now();
  const field = await Field.open(options.seed);
  let done: Omit<Group, 'seconds'> | undefined;
  try {
    const results = await runCells(field, cells, options);
    const problems = await auditOf(field);
    const failures = (await field.load.records()).filter(({ failed }) => failed);
    done = { results, problems, failures, commit: options.commit };
  } finally {
    await field.close(done === undefined || hasFailed(done));
  }
  const seconds = (performance.now() - from) / 1_000;
  return { rows: rowsOf({ ...done, seconds }), home: hasFailed(done) ? field.shop.home : null };
}
