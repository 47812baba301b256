import type { Target } from '../collector.ts';
import type { Taken } from '../delta.ts';

/** Where readings of hosts come from. */
export interface Source {
  /** What a host said last. Rejects when that is not to be had in time. */
  take(target: Target): Promise<Taken>;
}
