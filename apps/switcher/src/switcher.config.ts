import { defineConfig, PROCESS_SETTINGS, type ConfigOf } from '@atlas/platform-config';
import { availableParallelism } from 'node:os';
import type { StackFile } from '@atlas/platform-stack';
import type { Level, ShopShape } from './machine/index.ts';

export const SWITCHER_SETTINGS = defineConfig({
  ...PROCESS_SETTINGS,
  ATLAS_HOME: { type: 'text', describe: 'folder of the running stack' },
  ATLAS_STACK_FILE: { type: 'text', describe: 'stack.json of the running stack' },
  ATLAS_INSTANCE: {
    type: 'text',
    default: 'switcher',
    describe: 'name of this switcher among those of the stack',
  },
  ATLAS_CONTROL_PORT: {
    type: 'integer',
    min: 0,
    max: 65_535,
    optional: true,
    describe: 'port of the control API, 0: any free one; without it that of stack.json',
  },
  ATLAS_EDGE_FD: {
    type: 'integer',
    min: 3,
    max: 1_000,
    optional: true,
    describe: 'listening socket of the edge; passed on to bundles',
  },
});
export type SwitcherConfig = ConfigOf<typeof SWITCHER_SETTINGS>;

const POOL_BUDGET = 60;

/** One core goes on serving. */
const SPARE_CORES = Math.max(1, availableParallelism() - 1);

/**
 * The shop that a stack file describes.
 * @throws Error naming the app that is missing, or the module that `hybrid` names in vain.
 */
export function shopOf({
  bundle,
  modules,
  hybrid,
  apps,
  keepWarmMs = 0,
  autonomy = 0,
  start,
  trialMostMs,
  spares,
}: StackFile): ShopShape {
  const missing = [bundle, ...modules, ...(spares ? [spares.app] : [])].find(
    (app) => !Object.hasOwn(apps, app),
  );
  if (missing !== undefined) throw new Error(`stack.json: apps has no "${missing}"`);
  const stranger = hybrid.find((module) => !modules.includes(module));
  if (stranger !== undefined) throw new Error(`stack.json: hybrid names "${stranger}", which is no module`);
  const budget = Number(apps[bundle]?.env['ATLAS_POOL_BUDGET'] ?? POOL_BUDGET);
  return {
    bundle,
    modules,
    hybrid,
    poolBudget: budget,
    coldStartsAtOnce: SPARE_CORES,
    keepWarmMs,
    autonomy: autonomy as Level,
    ...(start !== undefined && { start }),
    ...(trialMostMs !== undefined && { trialMostMs }),
    ...(spares && { spares }),
  };
}
