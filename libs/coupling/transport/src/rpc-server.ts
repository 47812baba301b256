import { createServer, type Server, type Socket } from 'node:net';
import type { Inbound } from '@atlas/coupling-runtime';
import type { CloseReason, PeerIdentity } from './identity.ts';
import { Pulse } from './pulse.ts';
import { ServerConnection } from './server-connection.ts';

/** A connection that was refused or broken; for logs. */
export interface RpcServerEvent {
  readonly reason: CloseReason;
  /** The peer's address, and its instance once it has said so. */
  readonly peer: string;
}

/** Strangers' part of `maxConnections` (V3). Hosts are few: the rest is enough for them. */
const STRANGERS_PART = 1 / 4;

export interface RpcServerOptions {
  readonly identity: PeerIdentity;
  /** The secret that all hosts of the stack share. */
  readonly token: string;
  readonly inbound: Inbound;
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** A free one by default. */
  readonly port?: number;
  /** Calls in flight per connection above which it is not read any further; 1,024 by default. */
  readonly maxInFlight?: number;
  /** Connections above which new ones are closed at once, strangers' included (V3); 512 by default. */
  readonly maxConnections?: number;
  /** 2,000 by default. */
  readonly helloTimeoutMs?: number;
  /** Shared with the connector of the same process; an own one when absent. */
  readonly pulse?: Pulse;
  /** True for a nonce that was fenced; asked at each hello, and by `cutRefused`. */
  readonly refusesNonce?: (nonce: string) => boolean;
  readonly onRefused?: (event: RpcServerEvent) => void;
}

/**
 * A host's RPC listener.
 *
 * V1  Nothing is executed for a peer that has not shown the token, the build and the contracts.
 * V2  `close` takes no new call, lets those in flight finish, and waits until the callers have hung up.
 * V3  Strangers, who have not said hello yet, have a part of the connections only; above it the one that is silent longest
 *     makes room. So no flood of them keeps a host out, which says hello as soon as it is connected.
 */
export class RpcServer {
  readonly #options: RpcServerOptions;
  readonly #pulse: Pulse;
  readonly #server: Server;
  readonly #connections = new Set<ServerConnection>();
  /** V3: oldest first. */
  readonly #strangers = new Set<ServerConnection>();
  readonly #mostStrangers: number;
  readonly #refused = new Map<CloseReason, number>();
  #onIdle: () => void = () => {};
  #leaving = false;

  constructor(options: RpcServerOptions) {
    this.#options = options;
    this.#pulse = options.pulse ?? new Pulse();
    this.#server = createServer((socket) => this.#accept(socket));
    const { maxConnections = 512 } = options;
    this.#server.maxConnections = maxConnections;
    this.#mostStrangers = Math.max(1, Math.floor(maxConnections * STRANGERS_PART));
    this.#server.on('drop', (from) =>
      this.#note({ reason: 'too_many', peer: `${from?.remoteAddress ?? '?'}:${from?.remotePort ?? 0}` }),
    );
  }

  /** Resolves with `host:port`. @throws Error as of `net.Server.listen`. */
  listen(): Promise<string> {
    const { host = '127.0.0.1', port = 0 } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.removeListener('error', reject);
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? `${host}:${address.port}` : host);
      });
    });
  }

  /** Connections that are open, or whose calls still run. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Calls in flight over all connections. */
  get inFlight(): number {
    let total = 0;
    for (const connection of this.#connections) total += connection.inFlight;
    return total;
  }

  /** More nonces are refused: hangs up on peers that were welcomed before. */
  cutRefused(): void {
    for (const connection of [...this.#connections]) connection.cutIfRefused();
  }

  /** How many connections were refused or broken, by reason. */
  refused(): Readonly<Partial<Record<CloseReason, number>>> {
    return Object.fromEntries(this.#refused);
  }

  /** @param graceMs how long calls in flight and callers may take; then their connections are cut. */
  async close(graceMs = 10_000): Promise<void> {
    if (this.#leaving) return;
    this.#leaving = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.goAway();
    let timer: NodeJS.Timeout | undefined;
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      timer = setTimeout(resolve, graceMs);
      if (this.#connections.size === 0) resolve();
    });
    await idle;
    clearTimeout(timer);
    for (const connection of [...this.#connections]) connection.cut();
    await closed;
    if (this.#options.pulse === undefined) this.#pulse.close();
  }

  #accept(socket: Socket): void {
    const peer = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
    const {
      identity,
      token,
      inbound,
      maxInFlight = 1024,
      helloTimeoutMs = 2_000,
      refusesNonce,
    } = this.#options;
    const connection = new ServerConnection(socket, this.#pulse, {
      identity,
      token,
      inbound,
      maxInFlight,
      helloTimeoutMs,
      refusesNonce: refusesNonce ?? (() => false),
      onWelcome: () => this.#strangers.delete(connection),
      onClose: (reason, who) => this.#note({ reason, peer: who === '' ? peer : `${who} ${peer}` }),
      onOver: () => this.#over(connection),
    });
    this.#connections.add(connection);
    this.#strangers.add(connection);
    const [oldest] = this.#strangers;
    if (this.#strangers.size > this.#mostStrangers) oldest?.cut('too_many'); // V3
    if (this.#leaving) connection.goAway();
  }

  #note(event: RpcServerEvent): void {
    if (event.reason === 'ended' || event.reason === 'closed') return;
    this.#refused.set(event.reason, (this.#refused.get(event.reason) ?? 0) + 1);
    this.#options.onRefused?.(event);
  }

  #over(connection: ServerConnection): void {
    this.#connections.delete(connection);
    this.#strangers.delete(connection);
    if (this.#connections.size === 0) this.#onIdle();
  }
}
