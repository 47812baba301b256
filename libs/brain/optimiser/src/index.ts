export { calibrate, LEAST_WINDOWS, type Calibrated, type Fit, type Measured } from './calibrate.ts';
export { conflictLine } from './conflict-line.ts';
export {
  EDGE,
  flawsOfCosts,
  type CallEdge,
  type Costs,
  type ModuleCosts,
  type OperationCost,
  type Site,
} from './costs.ts';
export { parseDocument, type DocumentSpec, type ParsedDocument } from './document.ts';
export { believedCosts, firstCosts } from './first-costs.ts';
export { IntentSchema, parseIntent, type Intent } from './intent.ts';
export { learnCosts, type Counted, type CountedEdge, type HostWindow } from './learn.ts';
export { MOST_MODULES, MOST_STEPS, optimise, type Conflict, type Optimum } from './optimise.ts';
export {
  objective,
  predict,
  termsLine,
  usage,
  type Constraint,
  type Prediction,
  type Situation,
} from './predict.ts';
