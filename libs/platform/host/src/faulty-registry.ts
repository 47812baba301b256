import type { Call, ModuleImplementation, ModuleRegistry } from '@atlas/coupling-runtime';
import { faultPoint, faultsArmed } from '@atlas/platform-fault';

type Handlers = ModuleImplementation['handlers'];

function marked(module: string, handlers: Handlers): Handlers {
  return Object.fromEntries(
    Object.entries(handlers).map(([operation, handler]) => [
      operation,
      async (input: never, call: Call) => {
        const fault = faultPoint(`serve.${module}.${operation}`);
        if (fault) await fault;
        return handler.call(handlers, input, call);
      },
    ]),
  );
}

/**
 * The same registry; with faults armed, every operation passes `serve.<module>.<operation>` before its handler, so that
 * a test can break or slow one operation of one host. Without, handlers stay what they are.
 */
export function faultyRegistry(registry: ModuleRegistry): ModuleRegistry {
  if (!faultsArmed()) return registry;
  return {
    register: ({ contract, handlers }) =>
      registry.register({ contract, handlers: marked(contract.module, handlers) }),
  };
}
