/**
 * Gives every operation a small number, so that a route table is an array and a tight call one indexed load.
 * A pure cache, one per process: the numbers mean nothing outside of it.
 */
const slots = new Map<string, number>();

/** The number of `module.operation`; the same for every client and table of this process. */
export function slotOf(module: string, operation: string): number {
  const name = `${module}.${operation}`;
  let slot = slots.get(name);
  if (slot === undefined) {
    slot = slots.size;
    slots.set(name, slot);
  }
  return slot;
}
