import type { Bench } from './bench.ts';
import { calls } from './benches/calls.ts';
import { growth } from './benches/growth.ts';
import { interaction } from './benches/interaction.ts';
import { modes } from './benches/modes.ts';
import { product } from './benches/product.ts';
import { rpc1 } from './benches/rpc1.ts';
import { rpc64 } from './benches/rpc64.ts';
import { switches } from './benches/switch.ts';
import { takeover } from './benches/takeover.ts';
import { tight } from './benches/tight.ts';

/** Every bench, in the order in which they run. */
export const ALL_BENCHES: readonly Bench[] = [
  tight,
  rpc64,
  rpc1,
  calls,
  product,
  modes,
  switches,
  takeover,
  growth,
  interaction,
];
