export { advance, TABLE } from './advance.ts';
export {
  alike,
  allow,
  allowPrewarm,
  countsOnly,
  decided,
  effectiveLevel,
  frozen,
  froze,
  held,
  isGoverned,
  settled,
  UNSET,
  WAIT_MS,
  withWish,
  type Autonomy,
  type Governed,
  type Governing,
  type Level,
  type Permission,
  type RefusedBy,
  type WaitingWish,
} from './autonomy.ts';
export { epochOf } from './conditions.ts';
export { EFFECTS, type Effect, type EffectKind } from './effects.ts';
export { judge, type Proposal, type Verdict } from './judge.ts';
export { appOf, ordinalOf, prewarmNeeds, protectedNeeds, surplus, vacancies } from './needs.ts';
export {
  isFrozen,
  isHung,
  isLive,
  isStuck,
  isUsable,
  leavesUntold,
  mayAct,
  type HostView,
  type Moment,
  type Observation,
  type Obstacle,
  type Spares,
} from './observation.ts';
export { planOf, refusals, type Plan } from './plan.ts';
export { isOver, prewarmed, PREWARM_MS, type Prewarm } from './prewarm.ts';
export { isQuiet } from './quiet.ts';
export { rollbackTarget, stableLayouts } from './stable.ts';
export {
  isBeforeCommit,
  isClosed,
  outcomeOf,
  summaryOf,
  EXCLUSIVE,
  type Note,
  type OpenSwitch,
  type Outcome,
  type Phase,
  type Source,
  type SwitchState,
} from './state.ts';
export { type Table } from './table.ts';
export { firstLayout, targetOf, type ShopShape, type Target, type Wish } from './target.ts';
export { tend } from './tend.ts';
export { talliesOf, undoing } from './trial-step.ts';
export { type Breach, breachOf, describeBreach, TRIAL_MOST_MS } from './trial.ts';
export { operationsOf } from './trial-counts.ts';
export { remembered, type TrialLook } from './trial-slices.ts';
export { modulesOnTrial, movedModules } from './moved.ts';
