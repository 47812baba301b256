import type { RpcServer } from '@atlas/coupling-transport';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';

/** How long calls in flight and their callers may take when the host goes. */
const GRACE_MS = 2_000;

/**
 * The RPC listener as a Nest microservice: Nest starts and stops it with the application. Calls go straight to the
 * coupling runtime; message patterns are not used, for contracts say what can be called.
 */
export class RpcStrategy extends Server implements CustomTransportStrategy {
  readonly #server: RpcServer;
  readonly #onListening: (rpc: string) => void;

  constructor(server: RpcServer, onListening: (rpc: string) => void) {
    super();
    this.#server = server;
    this.#onListening = onListening;
  }

  override listen(callback: (error?: unknown) => void): void {
    this.#server.listen().then(
      (rpc) => {
        this.#onListening(rpc);
        callback();
      },
      (error: unknown) => callback(error),
    );
  }

  override close(): Promise<void> {
    return this.#server.close(GRACE_MS);
  }

  override on(): void {}

  override unwrap<T>(): T {
    throw new Error('the RPC listener has nothing to unwrap');
  }
}
