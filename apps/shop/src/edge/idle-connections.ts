import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Ends idle connections, but none on which a request has arrived unread. In a process that stood still (frozen, or short
 * of CPU) the timers of idle connections are due before anything is read; Node alone would hang up on such a request.
 */
export function spareUnread(server: Server): void {
  server.on('timeout', (socket: Socket) => {
    const { bytesRead } = socket;
    const endIfIdle = (): void => {
      if (socket.bytesRead === bytesRead) socket.destroy();
    };
    // What had arrived is read between these two turns at the latest.
    setImmediate(() => setImmediate(endIfIdle));
  });
}
