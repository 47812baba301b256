/**
 * Bytes that this process moved over its sockets and to and from disks, as counters.
 *
 * I1  Every socket counts, of clients and of servers: the edge's, those of calls, of the databases. Sockets that were
 *     opened before the watch began do not.
 * I2  A counter never falls, though bytes that waited in a socket are dropped with it.
 * I3  What the system does not tell is absent, not zero. Only Linux tells a process what it moved to and from disks.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Line } from './edge-series.ts';

/** Node publishes each new socket there. */
const CHANNELS = ['net.client.socket', 'net.server.socket'] as const;

interface Bytes {
  received: number;
  sent: number;
}

export interface SocketWatch {
  bytes(): Readonly<Bytes>;
  close(): void;
}

const most = (a: Bytes, b: Bytes): Bytes => ({
  received: Math.max(a.received, b.received),
  sent: Math.max(a.sent, b.sent),
});

/** Watches all sockets that this process opens from now on (I1). */
export function watchSockets(): SocketWatch {
  const open = new Set<Socket>();
  const closed: Bytes = { received: 0, sent: 0 };
  let told: Bytes = { ...closed };
  const opened = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      closed.received += socket.bytesRead;
      closed.sent += socket.bytesWritten;
    });
  };
  for (const channel of CHANNELS) subscribe(channel, opened);
  return {
    bytes: () => {
      const now = { ...closed };
      for (const { bytesRead, bytesWritten } of open) {
        now.received += bytesRead;
        now.sent += bytesWritten;
      }
      return (told = most(told, now)); // I2
    },
    close: () => {
      for (const channel of CHANNELS) unsubscribe(channel, opened);
    },
  };
}

/** I3. Of `METRICS.diskIo`, from the text of `/proc/self/io`; what it does not name is left out. */
export function diskLines(text: string): Line[] {
  const names = { read_bytes: 'read', write_bytes: 'write' } as const;
  return [...text.matchAll(/^(read_bytes|write_bytes): (\d+)$/gm)].map(([, name, value]) => ({
    labels: { direction: names[name as keyof typeof names] },
    value: Number(value),
  }));
}

/** I3. Empty where there is no such file, or nobody may read it. */
export function diskIo(): Line[] {
  try {
    return diskLines(readFileSync('/proc/self/io', 'latin1'));
  } catch {
    return [];
  }
}

/** Of `METRICS.networkIo`. */
export const networkLines = ({ received, sent }: Readonly<Bytes>): Line[] => [
  { labels: { direction: 'receive' }, value: received },
  { labels: { direction: 'transmit' }, value: sent },
];
