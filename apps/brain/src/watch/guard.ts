/** Holds a proposal against the guardrails: the operator's limits, judged by the policy. */
import type { Known } from '@atlas/brain-advisors';
import type { Proposal } from '@atlas/brain-decision';
import type { Guardrails, Limits } from '@atlas/brain-guardrails';
import { predict } from '@atlas/brain-optimiser';
import type { Layout } from '@atlas/control-layout';
import type { Thought } from './thought.ts';

export interface GuardParts {
  readonly guardrails: Guardrails;
  readonly limits: Limits;
  /** For the cost of a layout. */
  readonly known: () => Known | undefined;
}

/** One sentence for each guardrail that a proposal breaks; none for an emergency, and for none. */
export type Guard = (proposal: Proposal, thought: Thought) => readonly string[];

/** Predicted for the load that the thought expects; null: no costs are known. */
function usdPerDay(to: Layout, { observation, outlook }: Thought, known: Known | undefined): number | null {
  if (!known) return null;
  const rps = Math.max(observation.rps, outlook.in5Rps);
  return predict(to, { costs: known.costs, site: known.site, rps }).usdPerDay;
}

/** To warm is no switch, so it cannot come too soon after one. */
export const guardOf =
  ({ guardrails, limits, known }: GuardParts): Guard =>
  (proposal, thought) => {
    if (proposal.kind === 'none') return [];
    const { observation, before } = thought;
    return guardrails({
      source: proposal.kind === 'move' ? proposal.source : 'brain',
      atMs: observation.atMs,
      lastSwitchAtMs: proposal.kind === 'move' ? before.movedAtMs : null,
      usdPerDay: usdPerDay(proposal.to, thought, known()),
      from: observation.layout,
      to: proposal.to,
      limits,
    }).because;
  };
