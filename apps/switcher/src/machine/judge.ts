/** Whether a proposal becomes a switch. Pure. */
import { sameLayout, type Layout } from '@atlas/control-layout';
import { epochOf } from './conditions.ts';
import type { Observation } from './observation.ts';
import { refusals } from './plan.ts';
import {
  isBeforeCommit,
  outranks,
  type OpenSwitch,
  type Source,
  type SwitchKind,
  type SwitchState,
} from './state.ts';
import type { ShopShape } from './target.ts';

/** A proposal that rests on an older look at the system is stale, ms. */
export const OBSERVATION_MAX_AGE_MS = 60_000;

export interface Proposal {
  readonly id: string;
  readonly kind: SwitchKind;
  readonly source: Source;
  readonly reason: string;
  readonly to: Layout;
  readonly bodyHash: string | null;
  readonly basedOnEpoch?: number | undefined;
  /** When the proposer looked, on the store's clock, ms. */
  readonly observedAt?: number | undefined;
}

export type Verdict =
  | { readonly kind: 'stale'; readonly detail: string }
  | { readonly kind: 'busy'; readonly with: OpenSwitch }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }
  | { readonly kind: 'unchanged'; readonly state: SwitchState }
  | { readonly kind: 'accepted'; readonly state: SwitchState };

function staleness(proposal: Proposal, seen: Observation, changedAt: number): string | undefined {
  const { basedOnEpoch, observedAt } = proposal;
  const epoch = epochOf(seen.committed);
  if (basedOnEpoch !== undefined && basedOnEpoch !== epoch) {
    return `based on epoch ${basedOnEpoch}, but epoch ${epoch} is in force`;
  }
  if (observedAt === undefined) return undefined;
  if (observedAt < changedAt) return 'observed before the layout in force was put in force';
  if (observedAt < seen.now - OBSERVATION_MAX_AGE_MS) return 'observed more than 60 s ago';
  return undefined;
}

/** The switch that is in the way: between plan and commit, or waiting there, and not weaker. */
function inTheWay(proposal: Proposal, seen: Observation): OpenSwitch | undefined {
  return seen.open.find(({ phase, source }) => isBeforeCommit(phase) && !outranks(proposal.source, source));
}

function stateOf(proposal: Proposal, seen: Observation): SwitchState {
  const { id, kind, source, reason, to, bodyHash } = proposal;
  const times = { prepareMs: null, routedMs: null, drainMs: null };
  const base = { id, kind, source, reason, to, bodyHash, from: seen.committed, decidedAt: seen.now, times };
  return { ...base, notes: [], stage: { phase: 'planned' } };
}

/**
 * Judges a proposal. A target that is in force already is `unchanged`, unless a weaker switch is about to replace it.
 * @param changedAt when the layout in force was put in force, on the store's clock; 0 when unknown.
 */
export function judge(proposal: Proposal, shop: ShopShape, seen: Observation, changedAt: number): Verdict {
  const detail = staleness(proposal, seen, changedAt);
  if (detail !== undefined) return { kind: 'stale', detail };
  const blocker = inTheWay(proposal, seen);
  if (blocker) return { kind: 'busy', with: blocker };
  const state = stateOf(proposal, seen);
  const weaker = seen.open.some(({ phase }) => isBeforeCommit(phase));
  if (!weaker && seen.committed && sameLayout(seen.committed.layout, proposal.to)) {
    const ending = { outcome: 'unchanged' } as const;
    const epoch = seen.committed.epoch;
    return {
      kind: 'unchanged',
      state: { ...state, stage: { phase: 'ended', epoch, committedAt: null, ending, endedAt: seen.now } },
    };
  }
  const reasons = refusals(proposal.to, shop, seen);
  return reasons.length > 0 ? { kind: 'refused', reasons } : { kind: 'accepted', state };
}
