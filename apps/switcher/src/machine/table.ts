/**
 * The transition table: what each phase does, and where it may go. Checked before the machine runs: a phase that is
 * unknown, unreachable or without an end refuses to start.
 */
import type { Effect } from './effects.ts';
import type { Observation } from './observation.ts';
import type { Phase, Stage, SwitchState } from './state.ts';

/** A switch in one phase. */
export type In<P extends Phase> = SwitchState & { readonly stage: Extract<Stage, { phase: P }> };

export interface Step {
  readonly state: SwitchState;
  readonly effects: readonly Effect[];
}

export interface Row<P extends Phase> {
  /** Phases that may follow; staying is always allowed. */
  readonly to: readonly Phase[];
  readonly step: (state: In<P>, seen: Observation) => Step;
}

export type Table = { readonly [P in Phase]: Row<P> };

/** What is checked of a table: its edges. */
export type Edges = Readonly<Record<string, { readonly to: readonly string[] }>>;

function reachable(edges: Edges, start: string): Set<string> {
  const found = new Set([start]);
  for (const phase of found) for (const next of edges[phase]?.to ?? []) found.add(next);
  return found;
}

/** Everything that is wrong with a table, one sentence each; empty when it is sound. */
export function flawsOf(edges: Edges, start: string, end: string): string[] {
  const known = Object.keys(edges);
  const unknown = Object.entries(edges).flatMap(([phase, { to }]) =>
    to.filter((next) => !known.includes(next)).map((next) => `${phase} leads to ${next}, which is unknown`),
  );
  const named = [start, end].filter((phase) => !known.includes(phase)).map((phase) => `${phase} is unknown`);
  const fromStart = reachable(edges, start);
  const lost = known.filter((phase) => !fromStart.has(phase)).map((phase) => `${phase} cannot be reached`);
  const endless = known
    .filter((phase) => !reachable(edges, phase).has(end))
    .map((phase) => `${phase} never comes to ${end}`);
  return [...unknown, ...named, ...lost, ...endless];
}

/** @throws Error naming every flaw. */
export function validateTable(edges: Edges, start: string, end: string): void {
  const flaws = flawsOf(edges, start, end);
  if (flaws.length > 0) throw new Error(`the transition table is not sound: ${flaws.join('; ')}`);
}
