/** The imagined machine that processes run on: pids, start times, signals. It outlives every switcher. */
import type { OperatingSystem, SpawnedProcess, SpawnOptions } from '@atlas/switcher-app/operating-system';
import type { Actor } from './clock.ts';
import { HostProcess } from './host.ts';
import type { World } from './world.ts';

type ExitListener = (code: number | null, signal: NodeJS.Signals | null) => void;

/** A child as its parent holds it; a dead parent is told nothing. */
class Child implements SpawnedProcess {
  exitCode: number | null = null;
  signalCode: NodeJS.Signals | null = null;
  readonly pid: number;
  readonly #parent: Actor;
  readonly #world: World;
  readonly #listeners: ExitListener[] = [];

  constructor(pid: number, world: World) {
    this.pid = pid;
    this.#world = world;
    this.#parent = world.clock.current;
  }

  once(_event: 'exit', listener: ExitListener): void {
    this.#listeners.push(listener);
  }

  ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.#world.clock.after(0, this.#parent, () => {
      this.exitCode = code;
      this.signalCode = signal;
      for (const listener of this.#listeners.splice(0)) listener(code, signal);
    });
  }
}

export class Machine implements OperatingSystem {
  readonly processes = new Map<number, HostProcess>();
  readonly #world: World;
  readonly #children = new Map<number, Child>();
  #drawn = 0;
  /** The next spawned host never becomes ready. */
  hangNext = false;

  constructor(world: World) {
    this.#world = world;
  }

  nonce(): string {
    this.#drawn += 1;
    return `${this.#drawn.toString(16).padStart(8, '0')}${'0'.repeat(8)}`;
  }

  async spawn({ instance, nonce, mayStill }: SpawnOptions): Promise<SpawnedProcess | undefined> {
    if (!mayStill()) return undefined;
    const pid = 1_000 + this.processes.size;
    const host = new HostProcess(this.#world, { instance, nonce, pid, hangs: this.hangNext });
    this.hangNext = false;
    this.processes.set(pid, host);
    const child = new Child(pid, this.#world);
    this.#children.set(pid, child);
    this.#world.clock.after(this.#world.dice.whole(20, 200), host.actor, () => host.boot());
    return child;
  }

  async startTime(pid: number): Promise<string | undefined> {
    const host = this.processes.get(pid);
    return host?.actor.alive ? host.nonce : undefined;
  }

  async signal(
    { pid, startTime }: { readonly pid: number; readonly startTime: string },
    signal: NodeJS.Signals,
    mayStill: () => boolean,
  ): Promise<boolean> {
    const host = this.processes.get(pid);
    if (!host?.actor.alive || host.nonce !== startTime || !mayStill()) return false;
    this.#world.oracle.signalled(host, signal);
    if (signal === 'SIGKILL') this.end(host, null, 'SIGKILL');
    else this.#world.clock.after(0, host.actor, () => host.askToStop());
    return true;
  }

  /** The process is gone, with all that it was doing. */
  end(host: HostProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (!host.actor.alive) return;
    host.actor.alive = false;
    this.#world.network.died(host);
    this.#world.customers.hostDied(host);
    this.#children.get(host.pid)?.ended(code, signal);
  }

  /** Processes that run, in the order of their start. */
  alive(): HostProcess[] {
    return [...this.processes.values()].filter(({ actor }) => actor.alive);
  }

  byNonce(nonce: string): HostProcess | undefined {
    return [...this.processes.values()].find((host) => host.nonce === nonce);
  }
}
