/** Every named place of the switcher where a test may kill, freeze or delay it: data, so that tests can walk them all. */
import { EFFECTS, type Effect, type Phase } from '../machine/index.ts';
import { passed } from '../passed.ts';

/** Protocol steps that an effect belongs to. */
const AROUND_EFFECT = {
  propose: ['switch.prepare.propose.before', 'switch.prepare.propose.after'],
  start: ['switch.prepare.start.before', 'switch.prepare.start.after'],
  open: ['switch.prepare.open.before', 'switch.prepare.open.after'],
  commit: ['switch.commit.before', 'switch.commit.after'],
  'end-trial': ['switch.trial.end.before', 'switch.trial.end.after'],
  revert: ['switch.trial.revert.before', 'switch.trial.revert.after'],
  withdraw: ['switch.withdraw.before', 'switch.withdraw.after'],
  'mark-drained': ['switch.drain.before', 'switch.drain.after'],
  stop: ['switch.retire.before', 'switch.retire.after'],
  keep: ['switch.keep.before', 'switch.keep.after'],
  kill: ['host.hung.before', 'host.hung.after'],
} as const satisfies Record<Effect['kind'], readonly [string, string]>;

/** Passed after the state of this phase was persisted. */
const AFTER_PHASE: Partial<Record<Phase, string>> = {
  preparing: 'switch.prepare.entered',
  committing: 'switch.prepare.acked',
  aborting: 'switch.aborting',
  'routed-wait': 'switch.committed',
  trial: 'switch.routed',
  draining: 'switch.trial',
  retiring: 'switch.drain',
  ended: 'switch.retire',
};

export const PLAN_POINTS = ['switch.plan.before', 'switch.plan.after'] as const;
export const PERSIST_POINTS = ['engine.persist.before', 'engine.persist.after'] as const;
const DRIVER_POINTS = [
  'driver.record',
  'driver.spawn',
  'driver.spawned',
  'driver.stop',
  'driver.adopt',
] as const;

/** Passed only when a host hangs, not by a switch. */
export const HUNG_POINTS: readonly string[] = [...AROUND_EFFECT.kill, 'engine.effect.kill', 'driver.kill'];

/** Passed only where services are kept warm, or a bundle in reserve. */
export const KEEP_WARM_POINTS: readonly string[] = [
  ...AROUND_EFFECT.keep,
  ...AROUND_EFFECT.open,
  'engine.effect.keep',
  'engine.effect.open',
];

/** Passed only when a trial was failed. */
export const REVERT_POINTS: readonly string[] = [...AROUND_EFFECT.revert, 'engine.effect.revert'];

/** Passed when a trial begins, and when it ends. */
export const TRIAL_POINTS: readonly string[] = [
  'switch.routed',
  'switch.trial',
  ...AROUND_EFFECT['end-trial'],
  'engine.effect.end-trial',
];

const RARE_POINTS = [...HUNG_POINTS, ...KEEP_WARM_POINTS, ...REVERT_POINTS];

/** Passed by switches. */
export const FAULT_POINTS: readonly string[] = [
  ...PLAN_POINTS,
  ...Object.values(AROUND_EFFECT).flat(),
  ...Object.values(AFTER_PHASE),
  ...PERSIST_POINTS,
  ...EFFECTS.map((kind) => `engine.effect.${kind}`),
  ...DRIVER_POINTS,
].filter((point) => !RARE_POINTS.includes(point));

export async function aroundEffect(effect: Effect, perform: () => Promise<void>): Promise<void> {
  const [before, after] = AROUND_EFFECT[effect.kind];
  await passed(before);
  await passed(`engine.effect.${effect.kind}`);
  await perform();
  await passed(after);
}

export async function afterPhase(phase: Phase): Promise<void> {
  const point = AFTER_PHASE[phase];
  if (point !== undefined) await passed(point);
}
