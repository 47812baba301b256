/**
 * What the brain's API answers: its server, its OpenAPI document and every client have it from here. Times are ISO 8601
 * or ms since 1970, rates requests per second.
 */
import { AutonomyView } from '@atlas/control-api';
import { nullable, type Answer } from '@atlas/control-api/schema';
import { Type, type Static } from '@sinclair/typebox';
import { OutcomeView, ProposalView, WhatIfAnswer } from './decided.ts';
import { ForecastView, ScoreView, SecondView } from './seen.ts';

const Id = Type.Integer({ minimum: 1 });
const Level = Type.Integer({ minimum: 0, maximum: 4, description: 'What counted' });

/** `GET /v1/status`. */
export const StatusAnswer = Type.Object({
  level: Level,
  rule: nullable(Type.String({ description: 'That decided last' })),
  rps: nullable(Type.Number({ minimum: 0, description: 'That arrive now' })),
  autonomy: AutonomyView,
  policy: Type.String(),
  deciding: Type.Boolean({ description: 'False: too little is known to decide anything' }),
  anomaly: nullable(ScoreView),
  advisors: Type.Array(
    Type.Object({
      advisor: Type.String(),
      advises: Type.Boolean({ description: 'False: it is silent' }),
      because: Type.String({ description: 'Of its advice, or of its silence' }),
    }),
    { description: 'What each said last' },
  ),
  outcome: nullable(OutcomeView),
  second: nullable(SecondView),
  switcher: Type.Object({ contact: Type.Boolean() }),
  store: Type.Object({
    contact: Type.Boolean(),
    waitingSeconds: Type.Integer({ minimum: 0, description: 'Seen, and not stored yet' }),
  }),
});
export type StatusAnswer = Answer<Static<typeof StatusAnswer>>;

/** `GET /v1/forecast`. */
export const ForecastAnswer = Type.Object({
  series: Type.Record(Type.String(), Type.Array(ForecastView), {
    description: '`total`, or a module → its horizons',
  }),
});
export type ForecastAnswer = Answer<Static<typeof ForecastAnswer>>;

/** One of `GET /v1/decisions`. */
export const DecisionItem = Type.Object({
  id: Id,
  at: Type.Number({ description: 'ms since 1970, real' }),
  level: Level,
  policy: Type.String(),
  rule: Type.String({ description: "The table's" }),
  because: Type.String({ description: 'Of that rule, or of the advisors who outweighed the table' }),
  proposal: ProposalView,
  outcome: nullable(OutcomeView),
  rps: Type.Number({ minimum: 0 }),
  epoch: Type.Integer(),
});
export type DecisionItem = Answer<Static<typeof DecisionItem>>;

/** `GET /v1/decisions`, newest first. */
export const DecisionsAnswer = Type.Object({ items: Type.Array(DecisionItem) });
export type DecisionsAnswer = Answer<Static<typeof DecisionsAnswer>>;

/** `GET /v1/explain/{id}`. */
export const ExplainAnswer = Type.Object({
  id: Id,
  at: Type.Number({ description: 'ms since 1970, real' }),
  ...WhatIfAnswer.properties,
});
export type ExplainAnswer = Answer<Static<typeof ExplainAnswer>>;

/** One of `GET /v1/calendar`, and the answer of `POST /v1/calendar`. */
export const SaleView = Type.Object({
  id: Id,
  from: Type.String({ format: 'date-time' }),
  minutes: Type.Integer({ minimum: 1 }),
  times: Type.Number({ exclusiveMinimum: 0, description: '8: eight times the normal traffic' }),
});
export type SaleView = Answer<Static<typeof SaleView>>;

/** `GET /v1/calendar`, earliest first. */
export const CalendarAnswer = Type.Object({ items: Type.Array(SaleView) });
export type CalendarAnswer = Answer<Static<typeof CalendarAnswer>>;

/** `DELETE /v1/calendar/{id}`. */
export const StruckAnswer = Type.Object({ struck: Id });
export type StruckAnswer = Answer<Static<typeof StruckAnswer>>;
