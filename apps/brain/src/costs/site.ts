import type { Limits } from '@atlas/brain-guardrails';
import type { Site } from '@atlas/brain-optimiser';
import { availableParallelism, cpus } from 'node:os';
import type { BrainConfig } from '../brain.config.ts';

/** Where the shop runs: the cores of this machine, and the prices of the settings. */
export const siteOf = (
  config: Pick<BrainConfig, 'ATLAS_CORE_HOUR_USD' | 'ATLAS_HOST_HOUR_USD'>,
  { mostInstances }: Pick<Limits, 'mostInstances'>,
): Site => ({
  cores: availableParallelism(),
  coreHourUsd: Number(config.ATLAS_CORE_HOUR_USD),
  hostHourUsd: Number(config.ATLAS_HOST_HOUR_USD),
  mostInstances,
});

/** Kind and number of the cores: what was learned on another machine does not hold here. */
export const machine = (): string => `${cpus()[0]?.model.trim() ?? 'unknown'} ×${availableParallelism()}`;
