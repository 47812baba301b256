/**
 * The edge's TCP socket: opened once by the supervisor, inherited by every bundle (ADR 2). The supervisor binds and never
 * accepts: bundles call `listen` on the inherited descriptor and accept from one queue, which outlives each of them. A
 * connection that arrives while a bundle is replaced waits in the queue.
 */
import { createServer } from 'node:net';
import { freePort } from './free-port.ts';
import { StackError } from './stack-error.ts';

export interface EdgeSocket {
  readonly fd: number;
  readonly port: number;
  close(): void;
}

/** The part of Node's own TCP handle that is needed here; `net.Server` would start to accept. */
interface TcpHandle {
  readonly fd: number;
  bind(address: string, port: number): number;
  getsockname(into: { port?: number }): number;
  close(): void;
}
type TcpHandleConstructor = new (kind: number) => TcpHandle;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const isConstructor = (value: unknown): value is TcpHandleConstructor => typeof value === 'function';

function tcpHandle(): TcpHandle {
  const binding: unknown = Reflect.get(process, 'binding');
  const wrap: unknown = typeof binding === 'function' ? binding.call(process, 'tcp_wrap') : undefined;
  const constants = isRecord(wrap) ? wrap['constants'] : undefined;
  const kind = isRecord(constants) ? constants['SERVER'] : undefined;
  const make = isRecord(wrap) ? wrap['TCP'] : undefined;
  if (!isConstructor(make) || typeof kind !== 'number')
    throw new StackError(`Node ${process.versions.node} gives no raw TCP sockets; Node 24 is needed`);
  return new make(kind);
}

/** Fails when someone listens on the port: binding alone would not tell. */
function assertFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => reject(portError(port, error)));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()));
  });
}

function portError(port: number, error: NodeJS.ErrnoException): StackError {
  if (error.code === 'EADDRINUSE')
    return new StackError(`port ${port} is in use; choose another with --port, or --port 0 for any free one`);
  if (error.code === 'EACCES') return new StackError(`port ${port} needs more rights; choose one above 1023`);
  return new StackError(`port ${port} cannot be opened: ${error.message}`);
}

/** Binds 127.0.0.1:`port` (0: any free one). @throws StackError in one line, e.g. when the port is in use. */
export async function openEdgeSocket(port: number): Promise<EdgeSocket> {
  if (port !== 0) await assertFree(port);
  const handle = tcpHandle();
  const bound: { port?: number } = {};
  if (handle.bind('127.0.0.1', port) !== 0 || handle.getsockname(bound) !== 0 || !bound.port) {
    handle.close();
    throw new StackError(`port ${port} cannot be opened`);
  }
  return { fd: handle.fd, port: bound.port, close: () => handle.close() };
}

/** Chooses the port without binding it, for a bundle's runner that will. @throws StackError when it is in use. */
export async function reserveEdgePort(port: number): Promise<{ readonly port: number; close(): void }> {
  if (port !== 0) await assertFree(port);
  return { port: port === 0 ? await freePort() : port, close: () => undefined };
}
