/**
 * Watches everything from outside and knows the truth. Each rule is written anew here, not taken from the code that it
 * judges. The first violation stands.
 */
import { PlatformError, type Call, type CallFrame } from '@atlas/coupling-runtime';
import type { Actor } from './clock.ts';
import type { Asked } from './customers.ts';
import type { HostProcess } from './host.ts';
import { isKnownToGo, needOf, roleOf } from './roles.ts';
import { isExpected } from './switcher.ts';
import type { Invariant, Violation } from './violation.ts';
import type { World } from './world.ts';

const MOST_LIVE_EPOCHS = 4;
/** An admission may wait so long for the store after a stand-still, ms; with a margin for a slow network. */
const ADMITTED_WITHIN_MS = 1_500;
const EXCLUSIVE = ['preparing', 'committing', 'aborting'];
/** Writes that need the lead. */
const LED = [
  'propose',
  'withdraw',
  'commit',
  'endTrial',
  'markDrained',
  'saveSwitch',
  'recordHost',
  'forgetHost',
  'recordExit',
  'fence',
];

interface OpenRoot {
  readonly epoch: number;
  readonly host: HostProcess;
}

/** Hosts of which the store showed that they go, or are gone. */
export interface Seen {
  readonly at: number;
  readonly going: ReadonlySet<HostProcess>;
}

interface SeenSwitch {
  readonly stage: {
    readonly phase: string;
    readonly epoch?: number | null;
    readonly ending?: { readonly outcome: string };
  };
}

export class Oracle {
  readonly #world: World;
  readonly #roots = new Map<string, OpenRoot>();
  /** Every root there ever was → its epoch. */
  readonly #epochs = new Map<string, number>();
  /** `root module nonce` of calls that came in over RPC. */
  readonly #inbound = new Set<string>();
  /** Epochs that were in force. */
  readonly #put = new Set<number>([0]);
  /** Those that were taken back after their trial. */
  readonly #reverted = new Set<number>();
  readonly #leads = new Map<Actor, number>();
  /** Of each reader's last look at the store. */
  readonly #seen = new Map<Actor, Seen>();
  /** When a host was last told to stop, and what was known to whoever told it. */
  readonly #orders = new Map<HostProcess, { readonly at: number; readonly seen: Seen | undefined }>();
  /** Nonces of hosts whose pid the books or a lease have told. */
  readonly #met = new Set<string>();
  #highest = 0;
  #committed = 0;
  violation: Violation | undefined;
  commits = 0;

  constructor(world: World) {
    this.#world = world;
  }

  breaks(invariant: Invariant, detail: string): void {
    this.violation ??= { invariant, detail, at: Math.round(this.#world.clock.now) };
  }

  defect(where: string, error: unknown): void {
    if (isExpected(error)) return;
    const text =
      error instanceof Error ? (error.stack ?? error.message).split('\n', 3).join(' ') : String(error);
    this.breaks('defect', `${where}: ${text}`);
  }

  /** Some switcher may have learnt its pid, so it can be ended. */
  isWithinReach({ nonce }: HostProcess): boolean {
    return this.#met.has(nonce);
  }

  /** Trials that were failed, and taken back to the end. */
  get reverts(): number {
    return this.#reverted.size;
  }

  /** After every step. */
  check(): boolean {
    const { committed, live } = this.#world.store;
    if (committed !== this.#committed) this.breaks('E4', `epoch ${committed} is in force without a commit`);
    if (live.length > MOST_LIVE_EPOCHS) this.breaks('E3', `${live.length} epochs are live`);
    if (committed > 0 && !live.includes(committed))
      this.breaks('E2', `epoch ${committed} in force is not live`);
    return this.violation !== undefined;
  }

  // ── hosts ──

  /**
   * An edge has taken a request, which waits to be admitted; refused, it never is. The returned function ends the watch:
   * it is admitted, or its client has gone.
   */
  admitting(host: HostProcess): () => void {
    const { clock } = this.#world;
    const since = clock.now;
    let over = false;
    clock.after(ADMITTED_WITHIN_MS, clock.world, () => {
      if (!over && host.actor.alive && host.thawedAt < since)
        this.breaks('E5', `${host.instance} did not admit a root for ${ADMITTED_WITHIN_MS} ms`);
    });
    return () => void (over = true);
  }

  admitted(host: HostProcess, rootId: string, epoch: number): void {
    this.#roots.set(rootId, { epoch, host });
    this.#epochs.set(rootId, epoch);
    if (!this.#put.has(epoch))
      this.breaks('E4', `${host.instance} admits under ${epoch}, never put in force`);
    if (!this.#world.store.live.includes(epoch))
      this.breaks('E2', `${host.instance} admits under drained epoch ${epoch}`);
  }

  ended(rootId: string): void {
    this.#roots.delete(rootId);
  }

  /** A call arrives over RPC. */
  arrived(host: HostProcess, frame: CallFrame): void {
    this.#inbound.add(`${frame.rootId} ${frame.module} ${host.nonce}`);
  }

  served(host: HostProcess, module: string, call: Call): void {
    const epoch = this.#epochs.get(call.rootId);
    if (epoch === undefined) return this.breaks('E1', `${module} serves a root that nobody admitted`);
    if (call.epoch !== epoch)
      return this.breaks('E1', `${host.instance} serves a root of ${epoch} under ${call.epoch}`);
    const layout = this.#world.store.layouts.get(epoch);
    const role = layout && roleOf(layout, host, module);
    if (role === undefined)
      return this.breaks('E1', `${host.instance} serves ${module} in ${epoch}, which places it elsewhere`);
    const root = this.#roots.get(call.rootId);
    if (root?.host.actor.alive && !this.#world.store.live.includes(epoch))
      this.breaks('E2', `${host.instance} serves a root of drained epoch ${epoch}`);
    const here = !this.#inbound.has(`${call.rootId} ${module} ${host.nonce}`);
    if (role === 'standby' && here) this.#mayStandBy(host, call.rootId, module);
  }

  /** E1: the standby only when no instance of the primary could be asked. */
  #mayStandBy(host: HostProcess, rootId: string, module: string): void {
    const primary = this.#world.network
      .linksFrom(host)
      .find(
        ({ state, endpoint, tried, retired }) =>
          !retired &&
          (state === 'ready' || state === 'connecting') &&
          host.ready.has(endpoint.nonce) &&
          endpoint.kind === 'service' &&
          endpoint.modules.includes(module) &&
          !tried.has(`${rootId} ${module}`),
      );
    if (primary)
      this.breaks('E1', `the standby serves ${module} though ${primary.endpoint.instance} is there`);
  }

  effect(effect: string): void {
    const count = this.#world.ledger.effects.get(effect) ?? 0;
    if (count > 1) this.breaks('E6', `${effect} happened ${count} times`);
  }

  bought(order: string): void {
    for (const effect of [`charge:${order}`, `buy:${order}`]) {
      if (this.#world.ledger.effects.get(effect) !== 1)
        this.breaks('E6', `${effect} was answered, and is not there`);
    }
  }

  /**
   * E5: without a disturbance of host or network no root fails, whatever store and switchers do. A host that leaves answers
   * what it has admitted. What a broken service answers is its own.
   */
  failed(host: HostProcess, { startedAt, admitted }: Asked, error: unknown): void {
    if (!(admitted || host.accepting) || this.#world.faults.disturbedSince(startedAt)) return;
    if (this.#world.schedule.defect && error instanceof PlatformError && error.code === 'internal') return;
    this.breaks('E5', `a root failed at ${host.instance}: ${String(error)}`);
  }

  leavesUnwanted(host: HostProcess): void {
    this.#mayGo(host, 'leaves as an orphan', this.#seen.get(host.actor));
  }

  signalled(host: HostProcess, signal: NodeJS.Signals): void {
    const { current } = this.#world.clock;
    if (signal === 'SIGKILL') return this.#mayBeKilled(host);
    if (signal !== 'SIGTERM') return;
    const token = this.#leads.get(current) ?? 0;
    if (token < this.#highest) this.breaks('E3', `${current.name}, superseded, stops ${host.instance}`);
    this.#orders.set(host, { at: this.#world.clock.now, seen: this.#seen.get(current) });
  }

  /** It obeys an order to stop: upon what it has read since, else upon what was known to whoever gave the order. */
  obeys(host: HostProcess): void {
    if (host.leaving) return;
    const own = this.#seen.get(host.actor);
    const order = this.#orders.get(host);
    this.#mayGo(host, 'is stopped', own && own.at >= (order?.at ?? 0) ? own : order?.seen);
  }

  /** E2: whoever serves is not killed, needed or not. One that is silent, or was fenced, serves nobody. */
  #mayBeKilled(host: HostProcess): void {
    const own = this.#world.store.leases.get(`${host.instance}:${host.nonce}`);
    if (own === undefined || host.leaving) return;
    if (own.lease.health === 'ready' && own.renewedAt > Date.now() - 3_000)
      this.breaks('E2', `${host.instance} is killed while it serves`);
  }

  /** E2: the rest is enough for every live layout. One that dies, or leaves, counts until whoever decides could know. */
  #mayGo(host: HostProcess, what: string, seen: Seen | undefined): void {
    const { store, machine } = this.#world;
    const needed = Math.max(0, ...store.live.map((epoch) => needOf(store.layouts.get(epoch), host)));
    const rest = [...machine.processes.values()].filter(
      (other) => other.app === host.app && other !== host && !seen?.going.has(other),
    );
    if (rest.length < needed)
      this.breaks('E2', `${host.instance} ${what} though ${needed} of ${host.app} are needed`);
  }

  // ── store ──

  /** What a read of the state tells now. */
  look(): Seen {
    const { store, machine, clock } = this.#world;
    const going = [...machine.processes.values()].filter((host) => isKnownToGo(store, host));
    return { at: clock.now, going: new Set(going) };
  }

  /** The answer of a read has reached this actor. */
  heard(actor: Actor, seen: Seen): void {
    this.#seen.set(actor, seen);
  }

  /** A call of this actor took effect. */
  wrote(actor: Actor, name: string, args: readonly unknown[], result: unknown): void {
    if (name === 'acquireLeadership') {
      const granted = result as { readonly token: number } | undefined;
      if (granted === undefined) return;
      this.#leads.set(actor, granted.token);
      this.#highest = Math.max(this.#highest, granted.token);
      return;
    }
    if (name === 'renewLease') this.#met.add((args[0] as { readonly nonce: string }).nonce);
    if (!LED.includes(name)) return;
    if (name === 'recordHost') {
      const { nonce, pid } = args[1] as { readonly nonce: string; readonly pid: number | null };
      if (pid !== null) this.#met.add(nonce);
    }
    if (args[0] !== this.#highest)
      this.breaks('E3', `${actor.name} writes ${name} with token ${String(args[0])}, ${this.#highest} leads`);
    if (name === 'commit' && (result as { readonly outcome: string }).outcome === 'committed') {
      this.#committedTo(args[1] as number, args[2] as number);
    } else if (name === 'markDrained') this.#drained(args[1] as number);
    else if (name === 'saveSwitch' && result === 'saved')
      this.#saved((args[1] as { readonly state: SeenSwitch }).state);
  }

  #committedTo(from: number, to: number): void {
    const { store, machine } = this.#world;
    if (from !== this.#committed) this.breaks('E4', `${to} replaces ${this.#committed}, not ${from}`);
    if (to <= this.#committed) this.breaks('E3', `epoch ${to} follows ${this.#committed}`);
    this.#committed = to;
    this.#put.add(to);
    this.commits += 1;
    for (const { lease, renewedAt } of store.leases.values()) {
      const host = machine.byNonce(lease.nonce);
      const live = renewedAt > Date.now() - 3_000 && host?.actor.alive && lease.health !== 'leaving';
      if (live && !host.runtime?.holds(to))
        this.breaks('E3', `${to} is committed, ${lease.instance} lacks it`);
    }
  }

  /** E2: nobody runs or admits under it any more, frozen or not. */
  #drained(epoch: number): void {
    const { store, machine } = this.#world;
    if (store.live.includes(epoch)) return;
    for (const [id, root] of this.#roots) {
      if (root.epoch === epoch && root.host.actor.alive)
        this.breaks('E2', `${epoch} is marked drained, root ${id} runs in ${root.host.instance}`);
    }
    for (const host of machine.alive()) {
      const current = host.runtime?.current;
      if (host.accepting && current !== undefined && current <= epoch)
        this.breaks('E2', `${epoch} is marked drained, ${host.instance} admits under ${current}`);
    }
  }

  #saved({ stage }: SeenSwitch): void {
    const open = [...this.#world.store.switches.values()].filter((row) => row.open);
    const busy = open.filter(({ state }) => EXCLUSIVE.includes((state as SeenSwitch).stage.phase));
    if (busy.length > 1) this.breaks('E3', `${busy.length} switches are between plan and commit`);
    if (stage.phase !== 'ended' || stage.epoch === undefined || stage.epoch === null) return;
    const outcome = stage.ending?.outcome;
    if (outcome === 'unchanged') return;
    if (outcome === 'reverted') this.#reverted.add(stage.epoch);
    const happened = this.#put.has(stage.epoch);
    if (happened !== (outcome !== 'aborted'))
      this.breaks(
        'E4',
        `a switch ended ${outcome}, epoch ${stage.epoch} was ${happened ? '' : 'not '}in force`,
      );
  }
}
