import {
  PlatformError,
  fromWire,
  type Call,
  type CallOutcome,
  type Endpoint,
  type Link,
} from '@atlas/coupling-runtime';
import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import { TcpConnector, type TcpConnectorOptions } from '../tcp-connector.ts';

/** What is sent with `proxy.send('module.operation', …)`. */
export interface CouplingRequest {
  readonly input: unknown;
  readonly call: Call;
}

export interface CouplingClientOptions extends TcpConnectorOptions {
  /** The one process that this proxy talks to. */
  readonly endpoint: Endpoint;
}

/**
 * The link as a Nest client proxy, to one process. For tests and tools, which call a host from outside: it neither
 * routes by epoch nor retries; business code calls through `Coupling`. Unsubscribing cancels the call.
 */
export class CouplingClientProxy extends ClientProxy {
  readonly #connector: TcpConnector;
  readonly #endpoint: Endpoint;
  #link: Link | undefined = undefined;
  #connecting: Promise<Link> | undefined = undefined;

  constructor(options: CouplingClientOptions) {
    super();
    this.#connector = new TcpConnector(options);
    this.#endpoint = options.endpoint;
  }

  /** Resolves when the peer has accepted the hello. @throws PlatformError `unavailable` when it cannot be reached. */
  connect(): Promise<Link> {
    if (this.#link?.state === 'ready') return Promise.resolve(this.#link);
    return (this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined)));
  }

  #connect(): Promise<Link> {
    return new Promise((resolve, reject) => {
      const onState = (link: Link): void => {
        if (link.state === 'ready') return resolve(link);
        reject(new PlatformError('unavailable', `${this.#endpoint.instance} cannot be reached`));
      };
      this.#link?.retire();
      this.#link = this.#connector.link(this.#endpoint, onState);
    });
  }

  close(): Promise<void> {
    return this.#connector.close();
  }

  unwrap<T>(): T {
    return this.#link as T;
  }

  protected override publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    const link = this.#link;
    if (link === undefined) throw new PlatformError('unavailable', 'connect first');
    const { input, call } = packet.data as CouplingRequest;
    const pattern = String(packet.pattern);
    const dot = pattern.indexOf('.');
    const { rootId, epoch, deadlineAt, traceparent, key } = call;
    const [module, operation] = [pattern.slice(0, dot), pattern.slice(dot + 1)];
    let over = false;
    const end = (result: WritePacket): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      callback({ ...result, isDisposed: true });
    };
    const timer = setTimeout(() => {
      cancel();
      end({ err: new PlatformError('deadline_exceeded', pattern) });
    }, call.remainingMs());
    const cancel = link.send(
      { module, operation, input, rootId, epoch, deadlineAt, traceparent, key },
      outcomeOf(end),
    );
    return () => {
      clearTimeout(timer);
      if (!over) cancel();
      over = true;
    };
  }

  /** Events go through the event log, not through calls. */
  protected override dispatchEvent(packet: ReadPacket): Promise<never> {
    return Promise.reject(
      new PlatformError('misrouted', `${String(packet.pattern)}: no events on this transport`),
    );
  }

  /** Coded errors reach the subscriber as they are. */
  protected override serializeError(error: unknown): unknown {
    return error;
  }
}

function outcomeOf(end: (result: WritePacket) => void): CallOutcome {
  return {
    answered: (output) => end({ response: output }),
    failed: (error) => end({ err: fromWire(error) }),
    refused: (reason, message) =>
      end({ err: new PlatformError(reason === 'not_sent' ? 'unavailable' : reason, message) }),
    lost: () => end({ err: new PlatformError('connection_lost') }),
  };
}
