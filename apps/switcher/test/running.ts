import type { Control } from '../src/engine/control.ts';
import type { Engine } from '../src/engine/engine.ts';
import { Cluster } from './cluster.ts';

/** A cluster whose first layout is in force, and the switcher that leads it. */
export async function running(): Promise<{ cluster: Cluster; engine: Engine; control: Control }> {
  const cluster = new Cluster();
  const { engine, control } = cluster.switcher();
  await cluster.run(engine);
  return { cluster, engine, control };
}

/** The switch that came of a proposal. */
export function accepted(answer: Awaited<ReturnType<Control['propose']>>) {
  if (!('switch' in answer)) throw new Error(`${answer.kind} has no switch`);
  return answer.switch;
}
