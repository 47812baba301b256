import { useSyncExternalStore } from 'react';

/** The shape that served the latest answer: its mode and epoch, read from that answer's headers. */
export interface Shape {
  readonly mode: string;
  readonly epoch: number;
}

let shape: Shape | undefined;
let notedAt = -Infinity;
const listeners = new Set<() => void>();

/**
 * Notes the shape of an answer; an answer of an older epoch that arrives late does not turn the badge back. One that was
 * asked for since does: the shop has begun anew, and counts its epochs from 1.
 * @param askedAt `performance.now()`
 */
export function noteShape(headers: Headers, askedAt: number): void {
  const epoch = Number(headers.get('x-atlas-epoch'));
  const mode = headers.get('x-atlas-mode');
  if (!mode || !(epoch > 0) || epoch === shape?.epoch) return;
  if (epoch < (shape?.epoch ?? 0) && askedAt < notedAt) return;
  shape = { mode, epoch };
  notedAt = performance.now();
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useShape = (): Shape | undefined => useSyncExternalStore(subscribe, () => shape);
