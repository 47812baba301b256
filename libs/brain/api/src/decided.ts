/** What the brain decides, why, and what became of it. */
import { AutonomyView, PlanAnswer } from '@atlas/control-api';
import { maybe, nullable, oneOf, type Answer } from '@atlas/control-api/schema';
import { Type, type Static } from '@sinclair/typebox';
import { WeighedView } from './costs.ts';
import { ObservationView, OutlookView, ProposedLayout, StateView, StoredForecast } from './seen.ts';

const Share = (description?: string) =>
  Type.Number({ minimum: 0, maximum: 1, ...(description && { description }) });
const onRung = { rung: Type.Integer({ minimum: 0, description: 'Of the ladder' }), to: ProposedLayout };

export const ProposalView = Type.Union([
  Type.Object({ kind: Type.Literal('move'), source: oneOf('brain', 'emergency'), ...onRung }),
  Type.Object({ kind: Type.Literal('pre-warm'), ...onRung }),
  Type.Object({ kind: Type.Literal('none') }),
]);
export type ProposalView = Answer<Static<typeof ProposalView>>;

const Time = Type.String({ description: 'ISO 8601, as the switcher said it' });
/** What became of a proposal. */
export const OutcomeView = Type.Union([
  Type.Object({ kind: Type.Literal('watched') }, { description: 'Level 0: nobody was told' }),
  Type.Object({ kind: Type.Literal('not-said'), because: Type.String() }),
  Type.Object({ kind: Type.Literal('accepted'), switchId: Type.String() }),
  Type.Object({ kind: Type.Literal('unchanged') }),
  Type.Object({ kind: Type.Literal('waiting'), proposalId: Type.String(), expiresAt: Time }),
  Type.Object({ kind: Type.Literal('warming'), until: Time }),
  Type.Object({ kind: Type.Literal('refused'), code: Type.String(), detail: Type.String() }),
  Type.Object(
    { kind: Type.Literal('silent'), detail: Type.String() },
    { description: 'Nobody knows whether it was heard' },
  ),
]);
export type OutcomeView = Answer<Static<typeof OutcomeView>>;

const RuleName = oneOf('crash', 'anomaly', 'overload', 'strain', 'rise', 'fall', 'pre-warm', 'stay');

/** The decision table's. */
export const DecisionView = Type.Object({
  proposal: ProposalView,
  /** The one that decided. */
  rule: RuleName,
  rules: Type.Array(Type.Object({ name: RuleName, fired: Type.Boolean(), because: Type.String() }), {
    description: 'All, in the order of their rank',
  }),
  state: StateView,
});

const Advice = Type.Object({ to: ProposedLayout, confidence: Share(), because: Type.String() });
const Losses = Type.Record(Type.String(), Share(), { description: 'Advisor → 0 for the best' });

/** What is proposed in the end, who is for it, and what each advisor said. */
export const CounselView = Type.Object({
  proposal: ProposalView,
  by: Type.Array(Type.String(), { description: 'Who is for it' }),
  votes: Type.Array(
    Type.Object({
      to: ProposedLayout,
      advisors: Type.Array(Type.String()),
      weight: Type.Number({ minimum: 0, description: 'Trust times confidence' }),
    }),
    { description: 'The weightiest first' },
  ),
  heard: Type.Array(
    Type.Object({
      advisor: Type.String(),
      advice: maybe(Advice),
      silent: maybe(Type.String({ description: 'Why it gave no advice' })),
    }),
  ),
  /** What the optimiser weighed; null: nothing is known yet, or nobody was asked. */
  weighed: nullable(WeighedView),
  trust: Type.Record(Type.String(), Share(), { description: 'Advisor → share of all trust' }),
  judged: nullable(
    Type.Object(
      {
        atMs: Type.Number({ description: 'When the advice was given, trace time' }),
        predictedMs: nullable(
          Type.Number({ description: 'p99 of the layout in force; null: more than it bears' }),
        ),
        measuredMs: Type.Number(),
        reliability: Share('The smaller over the larger of the two'),
        losses: Losses,
      },
      { description: 'What trust was last changed by; null: nothing since the brain began' },
    ),
  ),
});
export type CounselView = Answer<Static<typeof CounselView>>;

/** What it would decide, with all that leads to it. */
export const WhatIfAnswer = Type.Object({
  policy: Type.String(),
  observation: ObservationView,
  outlook: OutlookView,
  /** Upper ends of the 80 % bands. */
  high: OutlookView,
  /** What was remembered before it, and after. */
  before: StateView,
  after: StateView,
  decision: DecisionView,
  key: nullable(Type.String({ description: 'Of the decision, and so of the switch that it leads to' })),
  autonomy: AutonomyView,
  counsel: nullable(CounselView),
  outcome: nullable(OutcomeView),
  plan: nullable(Type.Pick(PlanAnswer, ['starts', 'stops', 'moves', 'refusals'])),
  guardrails: Type.Array(Type.String(), { description: 'One sentence for each that the proposal breaks' }),
  otherwise: Type.Array(
    Type.Object({
      input: oneOf('rps', 'in5Rps', 'in15Rps', 'anomaly', 'strain', 'crashed'),
      value: Type.Number(),
      flipsAt: Type.Number({ description: 'From here on it decides otherwise' }),
      to: Type.String(),
    }),
    { description: 'Nearest first' },
  ),
  forecasts: Type.Array(StoredForecast, { description: 'Of the whole shop' }),
});
export type WhatIfAnswer = Answer<Static<typeof WhatIfAnswer>>;
