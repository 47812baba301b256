import { implement, type Contract, type Handlers, type ModuleImplementation } from '@atlas/coupling-runtime';

/** A module of which only some operations are written; calling another one fails and names it. */
export function fakeModule<C extends Contract>(
  contract: C,
  handlers: Partial<Handlers<C>>,
): ModuleImplementation {
  const missing = (operation: string) => (): Promise<never> =>
    Promise.reject(new Error(`${contract.module}.${operation} has no fake`));
  const all: Record<string, unknown> = {};
  for (const operation of Object.keys(contract.operations))
    all[operation] = handlers[operation as keyof C['operations']] ?? missing(operation);
  return implement(contract, all as Handlers<Contract>);
}
