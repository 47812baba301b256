/**
 * A row of the report: what a cell came to, its failed requests and the audit of its group included. Pure.
 *
 * R1  Every failed request of a stack is told of a cell: one that failed between two cells belongs to the earlier one.
 * R2  A failed cell is repeated once, on a stack of its own. Its row keeps both results.
 */
import type { RequestRecord } from '@atlas/load';
import { POSTGRES } from './cells.ts';
import type { CellResult, Outcome } from './cell-run.ts';
import { BUNDLES, HOSTS } from './points.ts';
import { wayOf } from './strike.ts';

/** What one try of a cell came to. */
export interface Try {
  readonly outcome: Outcome;
  /** Longest disagreement of live participants after the fault, ms. */
  readonly agreeMs: number | null;
  /** Requests that failed though somebody else could have answered them. */
  readonly failed: number;
  /** Requests that failed with what cannot move: connections of a killed edge, work of a database that was cut off. */
  readonly excused: number;
  /** Of the whole group that ran on one stack. */
  readonly audit: 'clean' | 'problems';
  readonly why: string | null;
  /** Of the cell itself: from the shape that it begins in until everything is in order again. */
  readonly seconds: number;
  /** Its share of all else on its stack: start, ways to the shapes that cells begin in, audit, end. */
  readonly stackSeconds: number;
  /** It ran on this one, with "+" when files differed from it; null without git. */
  readonly commit: string | null;
}

export interface Row extends Try {
  /** `point|participant|fault` */
  readonly id: string;
  readonly transition: string;
  /** The try that failed before this one (R2); null when this is the only one. */
  readonly first: Try | null;
}

/** How a cell ended, both tries considered: what failed once is no pass, and what was not reached then has failed. */
export type Verdict = Outcome | 'pass_repeated';

export function verdictOf({ outcome, first }: Pick<Row, 'outcome' | 'first'>): Verdict {
  if (first === null) return outcome;
  return outcome === 'pass' ? 'pass_repeated' : 'fail';
}

/** R2. */
export const isToRepeat = ({ outcome, first }: Row): boolean => outcome === 'fail' && first === null;

/** Its fault never struck, so nothing is known of it: as open as a cell that was not run. */
export const isUnreached = (row: Row): boolean => verdictOf(row) === 'not_reached';

/** The row of a cell that was run now, and perhaps had been run before. */
export function repeated(before: Row | undefined, now: Row): Row {
  if (before === undefined || isUnreached(before)) return now;
  const { outcome, agreeMs, failed, excused, audit, why, seconds, stackSeconds, commit } = before;
  return { ...now, first: { outcome, agreeMs, failed, excused, audit, why, seconds, stackSeconds, commit } };
}

type Failure = Pick<RequestRecord, 'status' | 'sent' | 'done' | 'route'>;

/** Silence after which a host that does not answer is given up, and a bit. Until then calls go to it. */
const NOTICED_MS = 4_000;

/** A frozen host is no crashed one: calls that were on their way to it before its silence told wait for it. */
const waitedForFrozen = ({ cell, struckAt }: CellResult, { status, sent }: Failure): boolean =>
  cell.fault === 'freeze' &&
  HOSTS.includes(cell.participant) &&
  status === 503 &&
  sent < struckAt + NOTICED_MS;

/** No fault excuses a request that nobody answers or breaks off: the load gives it up after 15 s. */
const HANGS_FROM_MS = 14_000;

/** Whether this failure is what the fault must cost: nobody can answer for a dead edge or without a database. */
export function isExcused(result: CellResult, failure: Failure): boolean {
  const { participant, fault, point, passer } = result.cell;
  const { status, sent, done } = failure;
  if (done - sent >= HANGS_FROM_MS) return false;
  if (fault === 'kill' && (BUNDLES as readonly string[]).includes(participant)) return status === 0;
  if (fault === 'kill' && participant === POSTGRES) return status === 503;
  if (fault === 'partition' && participant === passer && wayOf(point) === 'data') return status === 503;
  return waitedForFrozen(result, failure);
}

/** All that was done on one stack. */
export interface Group {
  readonly results: readonly CellResult[];
  readonly failures: readonly Failure[];
  /** What the audit found. */
  readonly problems: readonly string[];
  /** From the start of the stack until its end. */
  readonly seconds: number;
  readonly commit: string | null;
}

const secondsOf = ({ from, to }: CellResult): number => (to - from) / 1_000;
const rounded = (seconds: number): number => Math.round(seconds * 10) / 10;

/**
 * Index of the cell that a failure belongs to: the last one that had begun when it was answered, so that none is nobody's;
 * the one before where it was sent by then, and only that one's fault excuses it: a call to a frozen host ends seconds later.
 */
function ownerOf(failure: Failure, results: readonly CellResult[]): number {
  const at = Math.max(
    0,
    results.findLastIndex(({ from }) => failure.done >= from),
  );
  const [own, before] = [results[at], results[at - 1]];
  if (!own || !before || failure.sent >= own.from) return at;
  return isExcused(before, failure) && !isExcused(own, failure) ? at - 1 : at;
}

export function rowsOf({ results, failures, problems, seconds, commit }: Group): Row[] {
  const own = results.reduce((sum, result) => sum + secondsOf(result), 0);
  const stackSeconds = rounded(Math.max(0, seconds - own) / results.length);
  const byCell = Map.groupBy(failures, (failure) => ownerOf(failure, results));
  return results.map((result, i) => ({
    ...rowOf(result, byCell.get(i) ?? [], problems),
    ...{ stackSeconds, commit },
  }));
}

function rowOf(
  result: CellResult,
  failures: readonly Failure[],
  problems: readonly string[],
): Omit<Row, 'stackSeconds' | 'commit'> {
  const { cell, outcome, agreeMs, why } = result;
  const unexcused = failures.filter((failure) => !isExcused(result, failure));
  const reasons = [
    ...(why === null ? [] : [why]),
    ...unexcused.slice(0, 3).map(({ route, status }) => `${route}: ${status}`),
    ...problems.slice(0, 3),
  ];
  const bad = unexcused.length > 0 || problems.length > 0;
  return {
    ...{ id: cell.id, transition: cell.transition.name, first: null },
    outcome: bad ? 'fail' : outcome,
    agreeMs,
    failed: unexcused.length,
    excused: failures.length - unexcused.length,
    audit: problems.length === 0 ? 'clean' : 'problems',
    why: reasons.join('; ') || null,
    seconds: rounded(secondsOf(result)),
  };
}
