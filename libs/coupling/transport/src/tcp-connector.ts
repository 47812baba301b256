import type { Connector, Endpoint, Link } from '@atlas/coupling-runtime';
import type { PeerIdentity } from './identity.ts';
import { Pulse } from './pulse.ts';
import { TcpLink } from './tcp-link.ts';

export interface TcpConnectorOptions {
  readonly identity: PeerIdentity;
  readonly token: string;
  /** Shared with the listener of the same process; an own one when absent. */
  readonly pulse?: Pulse;
  /** For connection and hello together; 1,000 by default. */
  readonly connectTimeoutMs?: number;
  /** Calls in flight per link, 1,000 by default (below the callee's own limit). */
  readonly maxInFlight?: number;
  /** Calls waiting per link, 2,000 by default. */
  readonly maxQueued?: number;
  /** A connection was lost or refused; `reason` is a `CloseReason` or what the peer said. */
  readonly onLost?: (endpoint: Endpoint, reason: string) => void;
}

/** Makes and keeps the links of one host: one persistent connection for each process that it calls. */
export class TcpConnector implements Connector {
  readonly #options: TcpConnectorOptions;
  readonly #pulse: Pulse;
  readonly #links = new Set<TcpLink>();

  constructor(options: TcpConnectorOptions) {
    this.#options = options;
    this.#pulse = options.pulse ?? new Pulse();
  }

  link(endpoint: Endpoint, onState: (link: Link) => void): Link {
    const {
      identity,
      token,
      connectTimeoutMs = 1_000,
      maxInFlight = 1_000,
      maxQueued = 2_000,
      onLost,
    } = this.#options;
    const link = new TcpLink(endpoint, {
      identity,
      token,
      pulse: this.#pulse,
      connectTimeoutMs,
      maxInFlight,
      maxQueued,
      onState,
      onLost: onLost ?? (() => {}),
    });
    for (const old of this.#links) if (old.state === 'gone' && old.inFlight === 0) this.#links.delete(old);
    this.#links.add(link);
    return link;
  }

  close(): Promise<void> {
    for (const link of [...this.#links]) link.cut();
    this.#links.clear();
    if (this.#options.pulse === undefined) this.#pulse.close();
    return Promise.resolve();
  }
}
