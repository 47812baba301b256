import type { Call, ModuleImplementation } from './call.ts';
import type { Operation } from './contract.ts';

/** An operation's handler, bound to its module's handlers. */
export type Handler = (input: unknown, call: Call) => Promise<unknown>;

/** Where modules hand in what they implement. */
export interface ModuleRegistry {
  /** @throws Error when the module is registered already or lacks a handler. */
  register(implementation: ModuleImplementation): void;
}

/** One operation as this host can serve it. */
export interface LocalOperation {
  readonly module: string;
  readonly name: string;
  readonly spec: Operation;
  readonly handler: Handler;
}

/** The modules that this host has loaded. */
export class LoadedModules implements ModuleRegistry {
  readonly #modules = new Map<string, ReadonlyMap<string, LocalOperation>>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  register(implementation: ModuleImplementation): void {
    const { contract, handlers } = implementation;
    if (this.#modules.has(contract.module))
      throw new Error(`module "${contract.module}" is registered twice`);
    const operations = new Map<string, LocalOperation>();
    for (const [name, spec] of Object.entries(contract.operations)) {
      const handler = handlers[name];
      if (handler === undefined) throw new Error(`${contract.module}.${name} has no handler`);
      const bound = handler.bind(handlers) as Handler;
      operations.set(name, { module: contract.module, name, spec, handler: bound });
    }
    this.#modules.set(contract.module, operations);
    this.#onChange();
  }

  find(module: string, operation: string): LocalOperation | undefined {
    return this.#modules.get(module)?.get(operation);
  }

  *operations(): Iterable<LocalOperation> {
    for (const operations of this.#modules.values()) yield* operations.values();
  }
}
