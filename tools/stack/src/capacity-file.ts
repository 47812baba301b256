import type { Capacity } from '@atlas/brain-decision';

/** What `npm run capacity` found out: `.atlas/capacity.json`, or the committed default. */
export interface MeasuredCapacity extends Capacity {
  /** The intent that the shapes were measured within: 99 % of the answers take no longer, ms. */
  readonly intentP99Ms: number;
  /** Cores that each host could take; absent: no limit. */
  readonly hostCpu?: number;
  /** When, ISO 8601. */
  readonly at: string;
  readonly machine: Readonly<Record<string, string | number>>;
}

const NUMBERS = ['tight', 'tight2', 'hybrid', 'loose', 'intentP99Ms'] as const;

/** @throws Error naming what does not fit */
export function parseCapacity(text: string): MeasuredCapacity {
  const value = JSON.parse(text) as Partial<Record<keyof MeasuredCapacity, unknown>> | null;
  for (const name of NUMBERS) {
    const held = value?.[name];
    if (typeof held !== 'number' || !Number.isFinite(held) || held <= 0)
      throw new Error(`capacity: ${name} must be a number above 0`);
  }
  const { hostCpu = 1 } = value ?? {};
  if (typeof hostCpu !== 'number' || !(hostCpu >= 0.1 && hostCpu <= 64))
    throw new Error('capacity: hostCpu must be a number of cores, 0.1 to 64');
  const { hybridServices = 1 } = value ?? {};
  if (typeof hybridServices !== 'number' || !Number.isInteger(hybridServices) || hybridServices < 1)
    throw new Error('capacity: hybridServices must be a whole number from 1');
  if (typeof value?.at !== 'string' || Number.isNaN(Date.parse(value.at)))
    throw new Error('capacity: at must be an ISO 8601 time');
  if (typeof value.machine !== 'object' || value.machine === null)
    throw new Error('capacity: machine must say where it was measured');
  return value as MeasuredCapacity;
}
