import {
  BusinessError,
  PlatformError,
  platformWire,
  type CallFrame,
  type CouplingRuntime,
  type Inbound,
  type Reply,
  type ServedCall,
} from '@atlas/coupling-runtime';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { RpcServer, type RpcServerOptions } from '../rpc-server.ts';

export interface CouplingServerOptions extends Omit<RpcServerOptions, 'inbound'> {
  readonly runtime: CouplingRuntime;
  /** Told the address (`host:port`) once it is listening. */
  readonly onListening?: (rpc: string) => void;
}

/** Marks the handlers that come from the runtime's registry. */
const FROM_REGISTRY = { atlas: 'module-registry' } as const;

/**
 * The RPC listener as a Nest microservice strategy. Its message handlers are `module.operation` patterns: every
 * operation of the runtime's registry, plus what controllers add with `@MessagePattern`. Calls of registered
 * operations go to the runtime directly (epoch, schema, E1); others through Nest's own handlers.
 */
export class CouplingServer extends Server implements CustomTransportStrategy, Inbound {
  readonly #runtime: CouplingRuntime;
  readonly #rpc: RpcServer;
  readonly #onListening: (rpc: string) => void;

  constructor(options: CouplingServerOptions) {
    super();
    const { runtime, onListening, ...rest } = options;
    this.#runtime = runtime;
    this.#onListening = onListening ?? (() => {});
    this.#rpc = new RpcServer({ ...rest, inbound: this });
  }

  listen(callback: (error?: unknown, rpc?: string) => void): void {
    for (const pattern of this.#runtime.operations()) {
      const handler: MessageHandler = (frame: CallFrame) =>
        new Promise((resolve) => this.#runtime.serve(frame, resolve));
      this.addHandler(pattern, handler, false, FROM_REGISTRY);
    }
    this.#rpc.listen().then(
      (rpc) => {
        this.#onListening(rpc);
        callback(undefined, rpc);
      },
      (error: unknown) => callback(error),
    );
  }

  /** Takes no new call and lets those in flight finish. */
  async close(): Promise<void> {
    await this.#rpc.close();
  }

  /** See `RpcServer.cutRefused`. */
  cutRefused(): void {
    this.#rpc.cutRefused();
  }

  serve(frame: CallFrame, respond: (reply: Reply) => void): ServedCall {
    const handler = this.messageHandlers.get(`${frame.module}.${frame.operation}`);
    if (handler === undefined || handler.extras?.['atlas'] === FROM_REGISTRY.atlas)
      return this.#runtime.serve(frame, respond);
    void this.#byController(handler, frame).then(respond);
    return { cancel: () => {}, abandon: () => {} };
  }

  /** Nest asks for it; this transport has no events to listen to. */
  on(): void {}

  unwrap<T>(): T {
    return this.#rpc as T;
  }

  async #byController(handler: MessageHandler, frame: CallFrame): Promise<Reply> {
    try {
      const result: unknown = await handler(frame.input, frame);
      return { kind: 'answer', output: await lastValueFrom(this.transformToObservable(result)) };
    } catch (error) {
      return { kind: 'failure', error: this.#wireOf(error) };
    }
  }

  #wireOf(error: unknown): Extract<Reply, { kind: 'failure' }>['error'] {
    if (error instanceof BusinessError) {
      const { code, message, details } = error;
      return { kind: 'business', code, message, details };
    }
    if (error instanceof PlatformError) return platformWire(error.code, error.message);
    this.logger.error(error);
    return platformWire('internal', 'the handler failed');
  }
}
