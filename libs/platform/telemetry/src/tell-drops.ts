import type { Server } from 'node:net';
import { spell } from './spell.ts';

/** The part of a logger that it takes to tell of trouble. */
export interface Warns {
  warn(facts: object, text: string): void;
}

export interface Listener {
  readonly listener: string;
  /** What to do if so many connections are meant to be. */
  readonly advice?: string;
}

/** Tells of connections that are closed at once because `server.maxConnections` is reached: two lines for a flood. */
export function tellDrops(server: Server, log: Warns, { listener, advice }: Listener): void {
  const text = 'too many connections: new ones are closed until others end';
  const told = spell({
    begins: () =>
      log.warn({ listener, most: server.maxConnections }, advice === undefined ? text : `${text}; ${advice}`),
    ends: (closed) => log.warn({ listener, closed }, 'connections are taken again'),
  });
  server.on('drop', () => told());
}
