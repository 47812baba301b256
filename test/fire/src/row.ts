/** A row of the report: what a cell came to, its failed requests and the audit of its group included. Pure. */
import type { RequestRecord } from '@atlas/load';
import { POSTGRES } from './cells.ts';
import type { CellResult, Outcome } from './cell-run.ts';
import { BUNDLES, HOSTS } from './points.ts';
import { wayOf } from './strike.ts';

export interface Row {
  readonly id: string;
  readonly point: string;
  readonly participant: string;
  readonly fault: string;
  readonly transition: string;
  readonly outcome: Outcome;
  /** Longest disagreement of live participants after the fault, ms. */
  readonly agreeMs: number | null;
  /** Requests that failed though architecture §5 lets them move. */
  readonly failed: number;
  /** Requests that failed with what cannot move: connections of a killed edge, work of a database that was cut off. */
  readonly excused: number;
  /** Of the whole group that ran on one stack. */
  readonly audit: 'clean' | 'problems';
  readonly why: string | null;
  readonly seconds: number;
}

type Failure = Pick<RequestRecord, 'status' | 'sent' | 'done' | 'route'>;

/** Silence after which a host that does not answer is given up, and a bit. Until then calls go to it. */
const NOTICED_MS = 4_000;

/** A frozen host is no crashed one: calls that were on their way to it before its silence told wait for it (§5). */
const waitedForFrozen = ({ cell, struckAt }: CellResult, { status, sent }: Failure): boolean =>
  cell.fault === 'freeze' &&
  HOSTS.includes(cell.participant) &&
  status === 503 &&
  sent < struckAt + NOTICED_MS;

/** Whether this failure is what the fault must cost: nobody can answer for a dead edge or without a database. */
export function isExcused(result: CellResult, failure: Failure): boolean {
  const { participant, fault, point, passer } = result.cell;
  const { status } = failure;
  if (fault === 'kill' && (BUNDLES as readonly string[]).includes(participant)) return status === 0;
  if (fault === 'kill' && participant === POSTGRES) return status === 503;
  if (fault === 'partition' && participant === passer && wayOf(point) === 'data') return status === 503;
  return waitedForFrozen(result, failure);
}

export function rowOf(result: CellResult, failures: readonly Failure[], problems: readonly string[]): Row {
  const { cell, outcome, agreeMs, why, from, to } = result;
  const own = failures.filter(({ done }) => done >= from && done < to);
  const unexcused = own.filter((failure) => !isExcused(result, failure));
  const reasons = [
    ...(why === null ? [] : [why]),
    ...unexcused.slice(0, 3).map(({ route, status }) => `${route}: ${status}`),
    ...problems.slice(0, 3),
  ];
  const bad = unexcused.length > 0 || problems.length > 0;
  return {
    ...{ id: cell.id, point: cell.point, participant: cell.participant, fault: cell.fault },
    transition: cell.transition.name,
    outcome: bad ? 'fail' : outcome,
    agreeMs,
    failed: unexcused.length,
    excused: own.length - unexcused.length,
    audit: problems.length === 0 ? 'clean' : 'problems',
    why: reasons.join('; ') || null,
    seconds: Math.round((to - from) / 100) / 10,
  };
}
