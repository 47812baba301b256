import { useSyncExternalStore } from 'react';

/** The shape that served the latest answer: its mode and epoch, read from that answer's headers. */
export interface Shape {
  readonly mode: string;
  readonly epoch: number;
}

let shape: Shape | undefined;
const listeners = new Set<() => void>();

/** Notes the shape of an answer; an answer of an older epoch that arrives late does not turn the badge back. */
export function noteShape(headers: Headers): void {
  const epoch = Number(headers.get('x-atlas-epoch'));
  const mode = headers.get('x-atlas-mode');
  if (!mode || !Number.isInteger(epoch) || epoch <= (shape?.epoch ?? 0)) return;
  shape = { mode, epoch };
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useShape = (): Shape | undefined => useSyncExternalStore(subscribe, () => shape);
