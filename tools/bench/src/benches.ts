import type { Bench } from './bench.ts';
import { switches } from './benches/switch.ts';
import { tight } from './benches/tight.ts';

/** Every bench, in the order in which they run. */
export const ALL_BENCHES: readonly Bench[] = [tight, switches];
