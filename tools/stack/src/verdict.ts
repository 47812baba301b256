/** From what was seen to pass or fail: a pass needs every proof, the lack of one is a reason. */
import type { AuditResult } from '@atlas/auditor';
import type { SwitchView } from '@atlas/control-api';
import type { StartLine, SummaryLine } from '@atlas/load';
import type { Report, ReportSwitch } from './report-schema.ts';

export interface Evidence {
  readonly requests: Report['requests'];
  readonly audit: AuditResult | null;
  readonly switches: readonly ReportSwitch[];
  /** Checkouts that ended `paid`. */
  readonly ordersPaid: number;
  readonly ordersUnsettled: number;
  /** What else went wrong, in plain words. */
  readonly troubles: readonly string[];
}

/** A count with its noun, which gets an s unless it is one. */
const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** What is wrong when a load of a planned length ended before: what moved afterwards moved without load. */
export const cutShort = (
  { durationS }: Pick<StartLine, 'durationS'>,
  { stoppedEarly, seconds }: Pick<SummaryLine, 'stoppedEarly' | 'seconds'>,
): string[] =>
  durationS !== null && stoppedEarly
    ? [`the load was stopped after ${seconds.toFixed(0)} of ${durationS.toFixed(0)} s`]
    : [];

/** What is wrong when changes that a scenario makes came only after a load of a planned length: nobody met them. */
export function movedAfter(
  { at, durationS }: Pick<StartLine, 'at' | 'durationS'>,
  { seconds }: Pick<SummaryLine, 'seconds'>,
  switches: readonly Pick<SwitchView, 'decidedAt'>[],
): string[] {
  const late = switches.filter(({ decidedAt }) => decidedAt > at + seconds * 1_000).length;
  if (durationS === null || late === 0) return [];
  return [`${late} of ${many(switches.length, 'change')} of shape came after the load, which nobody met`];
}

/** Why it is not a pass; empty when it is. */
export function reasonsAgainst(evidence: Evidence): string[] {
  const { requests, audit, switches } = evidence;
  return [
    ...evidence.troubles,
    ...(requests.total === 0 ? ['no request was made'] : []),
    ...(requests.total > 0 && evidence.ordersPaid === 0 ? ['no order was paid'] : []),
    ...(requests.failed > 0 ? [`${many(requests.failed, 'request')} of ${requests.total} failed`] : []),
    ...(evidence.ordersUnsettled > 0
      ? [`${many(evidence.ordersUnsettled, 'order')} never became definite`]
      : []),
    ...switches.flatMap(switchProblem),
    ...auditProblems(audit, requests.total),
  ];
}

function switchProblem(done: ReportSwitch, index: number): string[] {
  const name = `switch ${index + 1} (${done.from ?? 'nothing'} to ${done.to})`;
  if (done.outcome === 'unchanged') return [];
  // Nobody asked for it by name: that the switcher gives it up or takes it back is how it is meant to be.
  const own = done.source !== undefined && done.source !== 'operator';
  if (own && (done.outcome === 'aborted' || done.outcome === 'reverted')) return [];
  if (done.outcome !== 'committed') return [`${name} ended ${done.outcome ?? 'not at all'}`];
  return done.drainMs === null ? [`${name} did not drain`] : [];
}

/** Of a run that was not to be audited, too. */
export const NOT_AUDITED = 'nothing was audited';

function auditProblems(audit: AuditResult | null, requests: number): string[] {
  if (audit === null) return [NOT_AUDITED];
  const counted: readonly (readonly [number, string])[] = [
    [audit.lostOrders, 'lost order'],
    [audit.duplicateCharges, 'duplicate charge'],
    [audit.mixedEpochRoots, 'root of mixed epochs'],
    [audit.negativeStock, 'product below zero stock'],
    [audit.stockMismatch, 'product with the wrong stock'],
  ];
  const found = counted.flatMap(([count, noun]) =>
    count === 0 ? [] : [count === 1 ? `1 ${noun}` : `${count} × ${noun}`],
  );
  if (audit.coverage < 1)
    found.push(`the audit covers ${(audit.coverage * 100).toFixed(2)} % of the requests`);
  // The audit believes the client's log; a log that was cut off would hide whatever is missing in it.
  const { logged } = audit.checked;
  if (logged < requests) found.push(`the client's log has ${logged} of ${requests} requests`);
  if (!audit.ok && found.length === 0) found.push(`the audit found: ${audit.problems[0] ?? 'a problem'}`);
  return found;
}
