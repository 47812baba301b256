export { parseCapacity, type MeasuredCapacity } from './capacity-file.ts';
export { needing } from './detour.ts';
export { decide } from './decide.ts';
export {
  INITIAL_STATE,
  moved,
  type Controller,
  type Decision,
  type DecisionState,
  type Proposal,
} from './decision.ts';
export type { Observation, Outlook } from './observation.ts';
export { otherwise, wordsOf, type Otherwise } from './otherwise.ts';
export { atSpeed, measuredPolicy, PAPER, type Capacity, type Policy, type Rung } from './policy.ts';
export { reactive } from './reactive.ts';
export { failed, notAhead, restOf } from './rest.ts';
export { layoutOf, rungOf, stressed, withReserve } from './shape.ts';
