import {
  misfitOf,
  PlatformError,
  type Call,
  type ModuleImplementation,
  type Operation,
} from '@atlas/coupling-runtime';

type AnyHandler = (input: never, call: Call) => Promise<unknown>;

/**
 * Which handlers run, per root. A root that ends while one of its handlers still runs has a detached promise: work
 * that no drain waits for.
 */
export class RunningCalls {
  readonly #running = new Map<string, string[]>();
  readonly #detached: string[] = [];

  started(rootId: string, name: string): void {
    this.#running.set(rootId, [...(this.#running.get(rootId) ?? []), name]);
  }

  ended(rootId: string, name: string): void {
    const names = this.#running.get(rootId) ?? [];
    names.splice(names.indexOf(name), 1);
    if (names.length === 0) this.#running.delete(rootId);
  }

  /** Call when a root ends: whatever of it still runs is detached. */
  rootEnded(rootId: string): void {
    for (const name of this.#running.get(rootId) ?? []) this.#detached.push(`${name} of root ${rootId}`);
  }

  /** `module.operation of root …` for each detached call seen so far. */
  get detached(): readonly string[] {
    return this.#detached;
  }
}

/** Freezes a JSON value all the way down: changing what was handed over is a defect that only local calls would show. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}

function watchedHandler(
  name: string,
  spec: Operation,
  handler: AnyHandler,
  running: RunningCalls,
): AnyHandler {
  return async (input, call) => {
    const misfit = misfitOf(spec.input, input);
    if (misfit !== undefined) throw new PlatformError('invalid_input', `${name}: ${misfit}`);
    running.started(call.rootId, name);
    try {
      const output = await handler(deepFreeze(input), call);
      const wrong = misfitOf(spec.output, output);
      if (wrong !== undefined) throw new Error(`${name} answered with a wrong output: ${wrong}`);
      return deepFreeze(output);
    } finally {
      running.ended(call.rootId, name);
    }
  };
}

/** The same module, with schemas checked on both ends, values frozen, and running calls noted. */
export function watched(implementation: ModuleImplementation, running: RunningCalls): ModuleImplementation {
  const { contract } = implementation;
  const handlers: Record<string, AnyHandler> = {};
  for (const [operation, spec] of Object.entries(contract.operations)) {
    const handler = implementation.handlers[operation]?.bind(implementation.handlers);
    if (handler === undefined) continue;
    handlers[operation] = watchedHandler(`${contract.module}.${operation}`, spec, handler, running);
  }
  return { contract, handlers };
}
