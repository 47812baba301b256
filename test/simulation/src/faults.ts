/** Makes the faults of a schedule happen. */
import type { Actor } from './clock.ts';
import type { HostProcess } from './host.ts';
import type { Fault } from './schedule.ts';
import type { Loss } from './store-link.ts';
import type { SwitcherProcess } from './switcher.ts';
import type { World } from './world.ts';

type AtPoint = Extract<Fault, { kind: 'switcher-at-point' | 'host-at-point' }>;

/** A call that waits longer than this for a disturbed peer has an excuse. */
const AFTERMATH_MS = 12_000;

export class Faults {
  readonly #world: World;
  readonly #armed: { readonly fault: AtPoint; passed: number }[] = [];
  readonly #late: { readonly call: string; readonly lateMs: number; left: number }[] = [];
  readonly #losses: {
    readonly whom: (actor: Actor) => boolean;
    readonly lost: Loss;
    readonly until: number;
  }[] = [];
  /** Faults that have happened so far: a point may never be passed so often, and there may be nobody to strike. */
  struck = 0;
  /** Since when calls between hosts may have been disturbed, and until when; virtual ms. */
  #disturbed: { readonly from: number; readonly until: number }[] = [];

  constructor(world: World) {
    this.#world = world;
    for (const fault of world.schedule.faults) this.#arm(fault);
  }

  /** The schedule begins. Fault points counted from the very start. */
  begin(): void {
    const { clock, schedule } = this.#world;
    for (const fault of schedule.faults)
      if ('at' in fault) clock.after(fault.at, clock.world, () => this.#strike(fault));
  }

  /** A fault, if none of those that were drawn has found its moment: a schedule promises one. */
  insist(): void {
    const { seed, faults } = this.#world.schedule;
    if (this.struck === 0 && faults.length > 0) this.#strike({ kind: 'crash-host', at: 0, who: seed });
  }

  #arm(fault: Fault): void {
    if (fault.kind === 'switcher-at-point' || fault.kind === 'host-at-point') {
      this.#armed.push({ fault, passed: 0 });
    } else if (fault.kind === 'late-write') {
      this.#late.push({ call: fault.call, lateMs: fault.lateMs, left: fault.nth });
    }
  }

  #strike(fault: Exclude<Fault, AtPoint | { kind: 'late-write' }>): void {
    const { machine, network, switchers, clock } = this.#world;
    if (fault.kind === 'hang-start') {
      this.struck += 1;
      machine.hangNext = true;
      return;
    }
    const hosts = machine.alive();
    const host = hosts[fault.who % Math.max(1, hosts.length)];
    const switcher = switchers[fault.who % switchers.length];
    const whom = fault.kind.endsWith('-switcher') ? switcher : host;
    if (fault.kind !== 'cut-store' && !whom?.actor.alive) return;
    this.struck += 1;
    switch (fault.kind) {
      case 'crash-host':
        return host && this.#crashHost(host);
      case 'leave-host':
        return host && void clock.after(0, host.actor, () => host.leave());
      case 'freeze-host':
        return host && this.#freezeHost(host, fault.forMs);
      case 'cut-rpc':
        if (host) {
          this.#disturb(fault.forMs);
          network.cut(host, fault.forMs);
        }
        return;
      case 'crash-switcher':
        return switcher && this.#crashSwitcher(switcher, fault.forMs);
      case 'freeze-switcher':
        if (switcher) switcher.actor.frozenUntil = clock.now + fault.forMs;
        return;
      case 'cut-store':
        this.#losses.push({
          whom: this.#cutFrom(fault, host, switcher),
          lost: fault.lost,
          until: clock.now + fault.forMs,
        });
    }
  }

  #cutFrom(
    { whom }: Extract<Fault, { kind: 'cut-store' }>,
    host: HostProcess | undefined,
    switcher: SwitcherProcess | undefined,
  ): (actor: Actor) => boolean {
    const isSwitcher = (actor: Actor): boolean => this.#world.switchers.some((one) => one.actor === actor);
    switch (whom) {
      case 'all':
        return () => true;
      case 'hosts':
        return (actor) => !isSwitcher(actor);
      case 'switchers':
        return isSwitcher;
      case 'one-host':
        return (actor) => actor === host?.actor;
      case 'one-switcher':
        return (actor) => actor === switcher?.actor;
    }
  }

  lossOf(actor: Actor): Loss {
    const { now } = this.#world.clock;
    return this.#losses.find(({ whom, until }) => until > now && whom(actor))?.lost;
  }

  /** This write is not answered, and takes effect so much later, ms; undefined: it is as ever. */
  latenessOf(call: string): number | undefined {
    for (const armed of this.#late) {
      if (armed.call !== call) continue;
      armed.left -= 1;
      if (armed.left !== 0) continue;
      this.struck += 1;
      return armed.lateMs;
    }
    return undefined;
  }

  /** A fault point is passed by the current actor. A promise that never resolves: it died here. */
  passed(point: string): Promise<void> | undefined {
    const { clock, machine } = this.#world;
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (fault.point !== point) continue;
      const { current } = clock;
      const switcher = this.#world.switchers.find(({ actor }) => actor === current);
      const host = switcher ? undefined : machine.alive().find(({ actor }) => actor === current);
      if (!current.alive || (fault.kind === 'switcher-at-point' ? !switcher : !host)) continue;
      armed.passed += 1;
      if (armed.passed !== fault.nth) continue;
      this.struck += 1;
      if (fault.then === 'freeze') return this.#stall(current, host, fault.forMs);
      if (switcher) this.#crashSwitcher(switcher, fault.forMs);
      if (host) this.#crashHost(host);
      return new Promise(() => undefined);
    }
    return undefined;
  }

  /** Frozen at this very place; it goes on from here. */
  #stall(actor: Actor, host: HostProcess | undefined, forMs: number): Promise<void> {
    const { clock } = this.#world;
    if (host) this.#freezeHost(host, forMs);
    else actor.frozenUntil = clock.now + forMs;
    return new Promise((resolve) => clock.after(forMs, actor, resolve));
  }

  #freezeHost(host: HostProcess, forMs: number): void {
    const { clock } = this.#world;
    this.#disturb(forMs);
    // A second freeze wakes nobody: what waits for the thaw would go on waiting, and the rest of the host would not.
    host.thawedAt = Math.max(host.actor.frozenUntil, clock.now + forMs);
    host.actor.frozenUntil = host.thawedAt;
  }

  #crashHost(host: HostProcess): void {
    this.#disturb(0);
    this.#world.machine.end(host, null, 'SIGKILL');
  }

  #crashSwitcher(switcher: SwitcherProcess, forMs: number): void {
    if (!switcher.actor.alive) return;
    switcher.actor.alive = false;
    const { clock } = this.#world;
    clock.after(forMs, clock.world, () => this.#world.replace(switcher));
  }

  #disturb(forMs: number): void {
    const { now } = this.#world.clock;
    this.#disturbed.push({ from: now, until: now + forMs + AFTERMATH_MS });
  }

  /** Whether calls between hosts were disturbed at any time since then. */
  disturbedSince(at: number): boolean {
    return this.#disturbed.some(({ until }) => until >= at);
  }
}
