/**
 * RPC between imagined hosts, in place of the TCP transport: the same outcomes in the same cases (`link.ts` of the
 * coupling runtime), messages in any order, connections that break with calls in flight.
 */
import type {
  CallFrame,
  CallOutcome,
  Connector,
  Endpoint,
  Link,
  LinkState,
  Reply,
} from '@atlas/coupling-runtime';
import type { HostProcess } from './host.ts';
import type { World } from './world.ts';

const REDIAL_FIRST_MS = 20;
const REDIAL_MOST_MS = 1_000;

interface Sent {
  readonly outcome: CallOutcome;
  cancel: () => void;
  abandon: () => void;
}

/** The caller's end of the way to one process. */
export class SimulatedLink implements Link {
  readonly endpoint: Endpoint;
  readonly from: HostProcess;
  state: LinkState = 'connecting';
  /** `root module` of calls that were refused or lost here. */
  readonly tried = new Set<string>();
  readonly #world: World;
  readonly #onState: (link: Link) => void;
  readonly #sent = new Map<number, Sent>();
  readonly #queue = new Map<number, { readonly frame: CallFrame; readonly outcome: CallOutcome }>();
  #lastId = 0;
  #failures = 0;
  /** No new call is sent here. */
  retired = false;
  #draining = false;

  constructor(world: World, from: HostProcess, endpoint: Endpoint, onState: (link: Link) => void) {
    this.#world = world;
    this.from = from;
    this.endpoint = endpoint;
    this.#onState = onState;
    this.#later(() => this.#dial());
  }

  get inFlight(): number {
    return this.#sent.size + this.#queue.size;
  }

  /** There is a connection, or an answer that is still awaited. */
  get connected(): boolean {
    return this.state === 'ready' || this.#sent.size > 0;
  }

  send(given: CallFrame, outcome: CallOutcome): () => void {
    const frame = this.#world.plant.frame?.(given, this.from) ?? given;
    const id = (this.#lastId += 1);
    if (this.state === 'gone') outcome.refused('not_sent', 'gone');
    else if (this.state === 'ready') this.#write(id, frame, outcome);
    else this.#queue.set(id, { frame, outcome });
    return () => this.#cancel(id);
  }

  retire(): void {
    this.retired = true;
    this.#hangUpIfIdle();
  }

  /** The connection is gone, with whatever was under way on it. */
  break(): void {
    if (this.state === 'gone' && this.#sent.size === 0) return;
    const lost = [...this.#sent.values()];
    this.#sent.clear();
    const ending = this.retired || this.#draining;
    this.#become(ending ? 'gone' : 'down');
    this.#refuseQueue('not_sent');
    if (!ending) this.#redial();
    for (const { outcome, abandon } of lost) {
      abandon();
      outcome.lost();
    }
  }

  goAway(): void {
    this.#draining = true;
    this.#become('gone');
    this.#refuseQueue('goaway');
  }

  #later(run: () => void): void {
    this.#world.clock.after(this.#world.latency(), this.from.actor, run);
  }

  #dial(): void {
    if (this.state === 'gone' || this.state === 'ready') return;
    const target = this.#world.machine.byNonce(this.endpoint.nonce);
    if (!target?.actor.alive || !target.listening || this.#world.network.isCut(this.from, target)) {
      this.#refuseQueue('not_sent');
      this.#become('down');
      return this.#redial();
    }
    this.#failures = 0;
    this.#become('ready');
    if (target.goingAway) return this.goAway();
    for (const [id, { frame, outcome }] of this.#queue) this.#write(id, frame, outcome);
    this.#queue.clear();
    this.#hangUpIfIdle();
  }

  #redial(): void {
    if (this.retired) return this.#become('gone');
    const ms = Math.min(REDIAL_MOST_MS, REDIAL_FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#world.clock.after(ms * (0.5 + this.#world.dice.next() / 2), this.from.actor, () => this.#dial());
  }

  #write(id: number, frame: CallFrame, outcome: CallOutcome): void {
    const target = this.#world.machine.byNonce(this.endpoint.nonce);
    if (!target) return outcome.refused('not_sent', 'gone');
    const sent: Sent = { outcome, cancel: () => undefined, abandon: () => undefined };
    this.#sent.set(id, sent);
    this.#world.clock.after(this.#world.latency(), target.actor, () => {
      if (this.#sent.get(id) !== sent) return;
      if (target.goingAway)
        return this.#answer(id, { kind: 'refusal', reason: 'goaway', message: '' }, frame);
      this.#world.oracle.arrived(target, frame);
      const served = target.runtime?.serve(frame, (reply) => this.#answer(id, reply, frame));
      const later = (run: () => void) => () =>
        this.#world.clock.after(this.#world.latency(), target.actor, run);
      sent.cancel = later(() => served?.cancel());
      sent.abandon = later(() => served?.abandon());
    });
  }

  #answer(id: number, reply: Reply, frame: CallFrame): void {
    this.#later(() => {
      const sent = this.#sent.get(id);
      if (sent === undefined) return;
      this.#sent.delete(id);
      if (reply.kind === 'answer') sent.outcome.answered(reply.output);
      else if (reply.kind === 'failure') sent.outcome.failed(reply.error);
      else {
        this.tried.add(`${frame.rootId} ${frame.module}`);
        sent.outcome.refused(reply.reason, reply.message);
      }
      this.#hangUpIfIdle();
    });
  }

  #cancel(id: number): void {
    const queued = this.#queue.get(id);
    this.#queue.delete(id);
    if (queued !== undefined) queued.outcome.refused('not_sent', 'cancelled before it was sent');
    else this.#sent.get(id)?.cancel();
  }

  #hangUpIfIdle(): void {
    if ((this.retired || this.#draining) && this.inFlight === 0) this.#become('gone');
  }

  #refuseQueue(reason: 'goaway' | 'not_sent'): void {
    const queued = [...this.#queue.values()];
    this.#queue.clear();
    for (const { outcome, frame } of queued) {
      this.tried.add(`${frame.rootId} ${frame.module}`);
      outcome.refused(reason, reason);
    }
  }

  #become(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    this.#onState(this);
  }
}

export class Network {
  readonly #world: World;
  readonly #links: SimulatedLink[] = [];
  readonly #cutUntil = new Map<HostProcess, number>();

  constructor(world: World) {
    this.#world = world;
  }

  connector(from: HostProcess): Connector {
    return {
      link: (endpoint, onState) => {
        const link = new SimulatedLink(this.#world, from, endpoint, onState);
        this.#links.push(link);
        return link;
      },
      close: () => Promise.resolve(),
    };
  }

  linksFrom(host: HostProcess): SimulatedLink[] {
    return this.#links.filter(({ from }) => from === host);
  }

  #linksOf(host: HostProcess): SimulatedLink[] {
    return this.#links.filter(({ from, endpoint }) => from === host || endpoint.nonce === host.nonce);
  }

  isCut(a: HostProcess, b: HostProcess): boolean {
    const { now } = this.#world.clock;
    return (this.#cutUntil.get(a) ?? 0) > now || (this.#cutUntil.get(b) ?? 0) > now;
  }

  /** Every connection of the host breaks, at both ends; none is made until then. */
  cut(host: HostProcess, forMs: number): void {
    this.#cutUntil.set(host, this.#world.clock.now + forMs);
    this.breakAll(host);
  }

  breakAll(host: HostProcess): void {
    for (const link of this.#linksOf(host)) this.#at(link, () => link.break());
  }

  died(host: HostProcess): void {
    for (const link of this.#linksOf(host)) if (link.from !== host) this.#at(link, () => link.break());
  }

  goAway(host: HostProcess): void {
    for (const link of this.#linksOf(host)) if (link.from !== host) this.#at(link, () => link.goAway());
  }

  /** Who leaves waits until its callers have hung up: what they sent before they heard of it is still refused. */
  hasCallers(host: HostProcess): boolean {
    return this.#linksOf(host).some(({ from, connected }) => from !== host && from.actor.alive && connected);
  }

  /** The caller notices. */
  #at(link: SimulatedLink, run: () => void): void {
    this.#world.clock.after(this.#world.latency(), link.from.actor, run);
  }
}
