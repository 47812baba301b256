/**
 * Bytes that this process moved over its sockets and to and from disks, as counters.
 *
 * I1  Every socket counts, of clients and of servers: the edge's, those of calls, of the databases. Sockets that were
 *     opened before the watch began do not.
 * I2  A counter never falls, though bytes that waited in a socket are dropped with it.
 * I3  What the system does not tell is absent, not zero. Only Linux tells a process what it moved to and from disks.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
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

/** Only there does the system tell bytes, and only where it keeps account of them is there this file. */
const TOLD = existsSync('/proc/self/io');
/** Unit of the figures that the system gives, bytes. */
const BLOCK = 512;

/** I3. Of `METRICS.diskIo`; empty where nothing is told. */
export function diskIo(told = TOLD): Line[] {
  if (!told) return [];
  const { fsRead, fsWrite } = process.resourceUsage();
  return [
    { labels: { direction: 'read' }, value: fsRead * BLOCK },
    { labels: { direction: 'write' }, value: fsWrite * BLOCK },
  ];
}

/** Of `METRICS.networkIo`. */
export const networkLines = ({ received, sent }: Readonly<Bytes>): Line[] => [
  { labels: { direction: 'receive' }, value: received },
  { labels: { direction: 'transmit' }, value: sent },
];
