import type { Bench } from './bench.ts';
import { tight } from './benches/tight.ts';

/** Every bench, in the order in which they run. */
export const ALL_BENCHES: readonly Bench[] = [tight];
