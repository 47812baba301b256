import type { Control } from '../src/engine/control.ts';
import type { Engine } from '../src/engine/engine.ts';
import type { Level } from '../src/machine/index.ts';
import { Cluster, SHOP } from './cluster.ts';

export interface Scene {
  readonly cluster: Cluster;
  readonly engine: Engine;
  readonly control: Control;
}

/** A cluster whose first layout is in force, and the switcher that leads it. */
export async function running(autonomy: Level = 4): Promise<Scene> {
  const cluster = new Cluster();
  const { engine, control } = cluster.switcher(cluster.store(), { ...SHOP, autonomy });
  await cluster.run(engine);
  return { cluster, engine, control };
}

/** The switch that came of a proposal. */
export function accepted(answer: Awaited<ReturnType<Control['propose']>>) {
  if (!('switch' in answer)) throw new Error(`${answer.kind} has no switch`);
  return answer.switch;
}
