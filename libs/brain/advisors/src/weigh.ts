/**
 * The advisors' council: whose layout is proposed. The table speaks with confidence 1; the others need more trust times
 * confidence than it to be heard, so that a worse model never wins over the simple baseline.
 *
 * A1  An emergency of the table is not discussed, nor a crash or an anomaly in which the shop is where it would go.
 * A2  Nobody but an emergency moves within the cool-down, and nobody but the table goes to fewer hosts: there its
 *     hysteresis holds.
 * A3  A silent advisor changes nothing: the choice is the one that is made without it.
 * A4  Nobody but an emergency goes to a rung that rests since its trial took it back.
 * A5  The same inputs give the same choice; a tie is the table's.
 */
import { restOf, rungOf, type Proposal } from '@atlas/brain-decision';
import { sameLayout, validateLayout, type Layout } from '@atlas/control-layout';
import type { Heard, Question } from './advisor.ts';
import { TABLE, type Trust } from './trust.ts';

/** A layout, and who is for it. */
export interface Vote {
  readonly to: Layout;
  readonly advisors: readonly string[];
  /** Trust times confidence, summed. */
  readonly weight: number;
}

export interface Choice {
  readonly proposal: Proposal;
  /** Who is for what is proposed. */
  readonly by: readonly string[];
  /** The weightiest first. */
  readonly votes: readonly Vote[];
}

export function weigh(question: Question, heard: readonly Heard[], trust: Trust): Choice {
  const { table, seen } = question;
  const own = table.proposal.kind === 'move' ? table.proposal.to : seen.layout;
  const votes = votesOf(own, allowed(question, heard), trust);
  const first = votes[0];
  const by = first?.advisors ?? [TABLE];
  if (!first || sameLayout(first.to, own)) return { proposal: table.proposal, by, votes };
  if (sameLayout(first.to, seen.layout)) return { proposal: { kind: 'none' }, by, votes };
  const rung = rungOf(first.to, question.policy);
  return { proposal: { kind: 'move', source: 'brain', rung, to: first.to }, by, votes };
}

/** Whether the advisors could outweigh the table: not when it has as much trust as they all, whatever they said. */
export function mayOutweigh(trust: Trust): boolean {
  const { [TABLE]: own = 0, ...others } = trust;
  return Object.values(others).reduce((sum, each) => sum + each, 0) > own;
}

const hostsOf = ({ instances }: Layout): number =>
  Object.values(instances).reduce((sum, count) => sum + count, 0);

const nameOf = (to: Layout, policy: Question['policy']): string =>
  policy.rungs[rungOf(to, policy)]?.name ?? '';

/** A1, A2, A4. What may be heard beside the table. */
function allowed({ seen, state, policy, table }: Question, heard: readonly Heard[]): readonly Heard[] {
  const moves = table.proposal.kind === 'move' && table.proposal.source === 'emergency';
  const emergency = moves || seen.crashed.length > 0 || (seen.anomaly ?? 0) > policy.anomalyAbove;
  const cooling = state.movedAtMs !== null && seen.atMs - state.movedAtMs < policy.coolDownMs;
  if (emergency || cooling) return [];
  const modules = Object.keys(seen.layout.placements);
  return heard.filter(
    ({ advice }) =>
      advice !== undefined &&
      validateLayout(advice.to, modules).length === 0 &&
      restOf(nameOf(advice.to, policy), seen.atMs, { state, policy }) === 0 &&
      hostsOf(advice.to) >= hostsOf(seen.layout),
  );
}

/** A3, A5: sorted by weight, then as they came, the table first. */
function votesOf(own: Layout, heard: readonly Heard[], trust: Trust): Vote[] {
  const votes: Vote[] = [{ to: own, advisors: [TABLE], weight: trust[TABLE] ?? 0 }];
  for (const { advisor, advice } of heard) {
    if (!advice) continue;
    const weight = (trust[advisor] ?? 0) * advice.confidence;
    const at = votes.findIndex(({ to }) => sameLayout(to, advice.to));
    const same = votes[at];
    if (same) votes[at] = { ...same, advisors: [...same.advisors, advisor], weight: same.weight + weight };
    else votes.push({ to: advice.to, advisors: [advisor], weight });
  }
  return votes.sort((a, b) => b.weight - a.weight);
}
