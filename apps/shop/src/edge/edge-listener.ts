/**
 * The edge's listening socket: its own, or one that several bundles share.
 *
 * L1  Retiring closes only this process's handle: what is queued stays for the bundles that go on accepting.
 * L2  Everything accepted is answered; answers then say `Connection: close`.
 * L3  An idle connection is closed no earlier than the advertised keep-alive time after its last answer, so that no
 *     request meets a closing connection.
 */
import type { Server } from 'node:http';
import { Server as NetServer, type AddressInfo } from 'node:net';
import { KEEP_ALIVE_MS } from './edge-response.ts';

export type EdgeAddress = { readonly fd: number } | { readonly host: string; readonly port: number };

/** Node closes an idle connection one second after the advertised time; then what never sent a request goes, too. */
const IDLE_GONE_MS = KEEP_ALIVE_MS + 1_500;
const SWEEP_EVERY_MS = 250;
/**
 * Thrice the deadline of the edge's roots (10 s), also for slow clients. Then 5 s are left for an orderly end: the driver
 * kills a host 35 s after it has told it to stop.
 */
const PATIENCE_MS = 30_000;

export class EdgeListener {
  readonly #server: Server;
  #retired: Promise<void> | undefined;
  constructor(server: Server) {
    this.#server = server;
  }

  get retiring(): boolean {
    return this.#retired !== undefined;
  }

  /** Starts accepting. @throws Error naming the address when it is taken or not allowed, and when it retires already. */
  listen(address: EdgeAddress): Promise<AddressInfo> {
    if (this.retiring) return Promise.reject(new Error('the edge retires already'));
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => reject(refusal(address, error)));
      this.#server.listen({ ...address, backlog: 1_024 }, () =>
        resolve(this.#server.address() as AddressInfo),
      );
    });
  }

  /** L1–L3; resolves when no connection is left. Idempotent. */
  retire(): Promise<void> {
    return (this.#retired ??= this.#leave());
  }

  async #leave(): Promise<void> {
    const startedAt = performance.now();
    const closed = new Promise<void>((resolve) => {
      // Not http's own close, which would cut idle connections at once (L3).
      NetServer.prototype.close.call(this.#server, () => resolve());
    });
    const sweep = setInterval(() => {
      const elapsed = performance.now() - startedAt;
      if (elapsed > PATIENCE_MS) this.#server.closeAllConnections();
      else if (elapsed > IDLE_GONE_MS) this.#server.closeIdleConnections();
    }, SWEEP_EVERY_MS);
    await closed;
    clearInterval(sweep);
    this.#server.close(); // Ends http's own timer; the handle is closed already.
  }
}

function refusal(address: EdgeAddress, error: NodeJS.ErrnoException): Error {
  const where = 'fd' in address ? `descriptor ${address.fd}` : `${address.host}:${address.port}`;
  const why = error.code === 'EADDRINUSE' ? 'the port is in use' : (error.code ?? error.message);
  return new Error(`the edge cannot listen on ${where}: ${why}`, { cause: error });
}
