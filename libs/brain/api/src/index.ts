export {
  CalendarAnswer,
  DecisionItem,
  DecisionsAnswer,
  ExplainAnswer,
  ForecastAnswer,
  SaleView,
  StatusAnswer,
  StruckAnswer,
} from './answers.ts';
export { CalibratedView, type WeighedView } from './costs.ts';
export { CounselView, OutcomeView, ProposalView, WhatIfAnswer } from './decided.ts';
export { Band, ForecastView, ProposedLayout } from './seen.ts';
