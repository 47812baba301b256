import { originOf, type Endpoint, type HostIdentity } from './host.ts';
import type { Connector, Link } from './link.ts';

/**
 * The other instances as last heard, each with its link.
 *
 * D1  One link per nonce; a nonce that is no longer listed gets no new call, its calls in flight go on.
 * D2  Without news the last list stays (E5).
 * D3  Only ready hosts are called, but for the bundle that admitted the call's own root: it serves, whatever its lease
 *     says. A bundle accepts before it can say that it is ready, and answers what it has accepted while it leaves.
 */
export class Directory {
  readonly #self: HostIdentity;
  readonly #connector: Connector;
  readonly #onLink: (link: Link) => void;
  readonly #links = new Map<string, Link>();
  #services = new Map<string, Link[]>();
  #bundles: Link[] = [];
  #unready: Link[] = [];

  constructor(self: HostIdentity, connector: Connector, onLink: (link: Link) => void) {
    this.#self = self;
    this.#connector = connector;
    this.#onLink = onLink;
  }

  setEndpoints(endpoints: readonly Endpoint[]): void {
    const others = endpoints.filter((endpoint) => endpoint.nonce !== this.#self.nonce);
    const listed = new Set(others.map((endpoint) => endpoint.nonce));
    for (const [nonce, link] of this.#links) {
      if (listed.has(nonce)) continue;
      this.#links.delete(nonce);
      link.retire();
    }
    this.#services = new Map();
    this.#bundles = [];
    this.#unready = [];
    for (const endpoint of others) this.#list(endpoint, this.#linkTo(endpoint));
  }

  /** Ready instances of a module's service. */
  services(module: string): readonly Link[] {
    return this.#services.get(module) ?? [];
  }

  /** Bundles other than this host that a call of this root may go to (D3). */
  bundles(rootId: string): readonly Link[] {
    if (this.#unready.length === 0) return this.#bundles;
    const origin = originOf(rootId);
    return [...this.#bundles, ...this.#unready.filter(({ endpoint }) => endpoint.nonce.startsWith(origin))];
  }

  find(nonce: string): Link | undefined {
    return this.#links.get(nonce);
  }

  #linkTo(endpoint: Endpoint): Link {
    const known = this.#links.get(endpoint.nonce);
    if (known !== undefined) return known;
    const link = this.#connector.link(endpoint, this.#onLink);
    this.#links.set(endpoint.nonce, link);
    return link;
  }

  #list(endpoint: Endpoint, link: Link): void {
    const ready = endpoint.health === 'ready';
    if (endpoint.kind === 'bundle') (ready ? this.#bundles : this.#unready).push(link);
    else if (ready)
      for (const module of endpoint.modules) {
        const links = this.#services.get(module) ?? [];
        this.#services.set(module, links);
        links.push(link);
      }
  }
}

const usable = ({ state, endpoint }: Link, tried: ReadonlySet<string>): boolean =>
  state !== 'down' && state !== 'gone' && !tried.has(endpoint.nonce);

/** Of the links in the better state, the origin's if it is among them, else the one with the fewest calls. */
export function pickLink(
  links: readonly Link[],
  rootId: string,
  tried: ReadonlySet<string>,
): Link | undefined {
  const [only] = links;
  if (links.length === 1 && only !== undefined) return usable(only, tried) ? only : undefined;
  const origin = originOf(rootId);
  let best: Link | undefined;
  let bestRank = Number.POSITIVE_INFINITY;
  for (const link of links) {
    if (!usable(link, tried)) continue;
    const state = link.state === 'ready' ? 0 : 1e9;
    const stranger = link.endpoint.nonce.startsWith(origin) ? 0 : 1e6;
    const rank = state + stranger + link.inFlight + Math.random();
    if (rank >= bestRank) continue;
    best = link;
    bestRank = rank;
  }
  return best;
}

/** A link that is down but may come back: the last resort, when nobody else is there. */
export function pickDownLink(links: readonly Link[], tried: ReadonlySet<string>): Link | undefined {
  return links.find((link) => link.state === 'down' && !tried.has(link.endpoint.nonce));
}
