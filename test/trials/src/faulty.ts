/** Faulty switches: how soon a new service that is broken is taken back. */
import type { CallRecord } from '@atlas/platform-telemetry';
import { assertEventually, type SwitchView } from '@atlas/e2e';
import { AuditTail, isPlatformError } from './audit-tail.ts';
import { AFTER_FAULT_MS, AFTER_PROOF_MS, twentySlowAt } from './detection.ts';
import type { FaultKind } from './faults.ts';
import type { Ground, Tried } from './ground.ts';

export interface Detection {
  readonly kind: string;
  readonly reverted: boolean;
  /** What the judge said, or why there was nothing to judge. */
  readonly detail: string | null;
  /** Calls of the broken operation per request of the load; null when the trial was over before the load told any. */
  readonly callsPerRequest: number | null;
  /** From the fault to the layout before in force again, and until every edge admits under it, ms. */
  readonly sinceFaultMs: number | null;
  readonly routedSinceFaultMs: number | null;
  /** The same from the proof on: the fifth platform error in the audit log, or the twentieth slow call too many. */
  readonly sinceProofMs: number | null;
  readonly met: boolean;
}

/** The tight shape is in force this long first, so that there is a past of it to judge by, ms. */
const PAST_MS = 6_000;

interface Seen {
  /** ms since 1970. */
  readonly began: number;
  readonly proofAt: number | undefined;
  readonly calls: number;
  readonly requests: number;
}

/** The switch that put this epoch in force, once every edge admits under it. */
const revertOf = (ground: Ground, byEpoch: number | null): Promise<SwitchView> =>
  assertEventually('the revert is routed', async () => {
    const all = await ground.shop.control.history();
    const found = all.find(({ kind, epoch }) => kind === 'revert' && epoch === byEpoch);
    if (!found || found.committedAt === null || found.routedMs === null)
      throw new Error(`epoch ${byEpoch} is not routed`);
    return found;
  });

async function detectionOf(ground: Ground, kind: FaultKind, { view }: Tried, seen: Seen): Promise<Detection> {
  const revert =
    view.outcome === 'reverted' ? await revertOf(ground, view.trial?.byEpoch ?? null) : undefined;
  const inForceAt = revert?.committedAt ?? null;
  const routedAt = inForceAt === null || !revert ? null : revert.decidedAt + (revert.routedMs ?? 0);
  const since = (from: number | undefined, to: number | null): number | null =>
    from === undefined || to === null ? null : Math.round(to - from);
  const [sinceFaultMs, sinceProofMs] = [since(seen.began, inForceAt), since(seen.proofAt, inForceAt)];
  return {
    kind: kind.name,
    reverted: view.outcome === 'reverted',
    detail: view.trial?.detail ?? view.abort?.detail ?? null,
    callsPerRequest: seen.requests > 0 ? seen.calls / seen.requests : null,
    sinceFaultMs,
    routedSinceFaultMs: since(seen.began, routedAt),
    sinceProofMs,
    met: sinceFaultMs !== null && sinceFaultMs <= AFTER_FAULT_MS && (sinceProofMs ?? 0) <= AFTER_PROOF_MS,
  };
}

/** One faulty switch, from the tight shape. The fault begins when the layout is in force. */
export async function runFaulty(
  ground: Ground,
  kind: FaultKind,
  signal: AbortSignal,
): Promise<{ readonly detection: Detection; readonly tried: Tried }> {
  await ground.through({ mode: 'tight' }, { signal });
  await ground.rest(PAST_MS, signal);
  let [began, trialEpoch, calls, requests] = [0, -1, 0, 0];
  const errorsAt: number[] = [];
  const auditDir = ground.shop.stack.auditDir;
  if (auditDir === null) throw new Error('a faulty switch needs the audit log');
  const tail = await AuditTail.open(auditDir, (record: CallRecord) => {
    if (record.epoch !== trialEpoch || record.module !== kind.module) return;
    if (kind.operation === null || record.operation === kind.operation) calls += 1;
    if (isPlatformError(record)) errorsAt.push(Date.now());
  });
  try {
    const tried = await ground.through(
      { placements: { [kind.module]: 'service' } },
      {
        signal,
        onCommit: async (epoch) => {
          trialEpoch = epoch;
          requests = ground.requests;
          await ground.arm(kind.rule);
          began = Date.now();
        },
      },
    );
    requests = ground.requests - requests;
    const proofAt = kind.cause === 'errors' ? errorsAt[4] : twentySlowAt(tried.looks);
    return { tried, detection: await detectionOf(ground, kind, tried, { began, proofAt, calls, requests }) };
  } finally {
    await ground.disarm();
    await tail.close();
  }
}
