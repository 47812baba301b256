import { modeOf, type LayoutRecord } from '@atlas/control-layout';
import type { HostIdentity } from './host.ts';
import type { Handler, LoadedModules } from './module-registry.ts';
import { routeFor, type Route } from './route.ts';
import { slotOf } from './slots.ts';
import type { TrialWatch } from './trial-watch.ts';

/**
 * One epoch's routes from this host, worked out once so that a call only looks them up.
 *
 * T1  `tight[slot]` is set exactly when *every* root of the epoch calls that operation locally as primary.
 * T2  Routes never change; only `tight` grows, while modules are still being registered.
 * T3  While the epoch is on trial, the handlers of the modules on trial are counted ones; nothing else differs.
 */
export class RouteTable {
  readonly epoch: number;
  readonly mode: string;
  readonly record: LayoutRecord;
  /** Slot of the operation → its local handler (T1). */
  readonly tight: (Handler | undefined)[] = [];
  readonly #routes = new Map<string, Route>();
  readonly #loaded: LoadedModules;
  #watch: TrialWatch | undefined = undefined;

  constructor(record: LayoutRecord, host: HostIdentity, loaded: LoadedModules) {
    this.epoch = record.epoch;
    this.mode = modeOf(record.layout);
    this.record = record;
    this.#loaded = loaded;
    for (const module of Object.keys(record.layout.placements)) {
      const route = routeFor(record.layout, host, module);
      if (route !== undefined) this.#routes.set(module, route);
    }
    this.link(loaded);
  }

  /** Takes up the handlers of modules registered since. */
  link(loaded: LoadedModules): void {
    for (const operation of loaded.operations()) {
      const route = this.#routes.get(operation.module);
      if (route?.primary !== 'local' || route.share < 1) continue;
      const slot = slotOf(operation.module, operation.name);
      while (this.tight.length <= slot) this.tight.push(undefined);
      const watch = this.watchOf(operation.module);
      this.tight[slot] =
        watch === undefined ? operation.handler : watch.local(operation.module, operation.name, operation);
    }
  }

  /** Has the calls of modules on trial counted from now on; undefined: no more (T3). */
  watch(watch: TrialWatch | undefined): void {
    this.#watch = watch;
    this.link(this.#loaded);
  }

  /** Who counts calls of the module; undefined: nobody. */
  watchOf(module: string): TrialWatch | undefined {
    return this.#watch?.covers(module) === true ? this.#watch : undefined;
  }

  routeOf(module: string): Route | undefined {
    return this.#routes.get(module);
  }
}
