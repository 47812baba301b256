/**
 * One imagined host: the real coupling runtime and the real control agent, wired and taken down in the order of
 * `libs/platform/host` (`start-host.ts`), on an imagined machine, network and store link.
 */
import { createAgent, type Agent, type AgentRuntime } from '@atlas/control-agent';
import { createCoupling, type CouplingRuntime } from '@atlas/coupling-runtime';
import { actorOf, type Actor } from './clock.ts';
import { MODULES } from './schedule.ts';
import { BrokenError, CONTRACTS, implementations } from './shop.ts';
import { storeLink } from './store-link.ts';
import type { World } from './world.ts';

export const BUNDLE_APP = 'shop';
const LOOK_EVERY_MS = 100;
/**
 * As in the real host: what its edge has taken, roots whose clients have gone, and calls in flight, are waited for so
 * long.
 */
const LAST_REQUESTS_MS = 30_000;
const LAST_ROOTS_MS = 12_000;
const LAST_CALLS_MS = 10_000;

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface HostSpec {
  readonly instance: string;
  readonly nonce: string;
  readonly pid: number;
  readonly hangs: boolean;
}

export class HostProcess {
  readonly instance: string;
  readonly nonce: string;
  readonly pid: number;
  readonly app: string;
  readonly kind: 'bundle' | 'service';
  readonly modules: readonly string[];
  readonly actor: Actor;
  readonly #world: World;
  readonly #hangs: boolean;
  runtime: CouplingRuntime | undefined;
  agent: Agent | undefined;
  /** Its RPC listener is open. */
  listening = false;
  /** It refuses new calls over RPC. */
  goingAway = false;
  /** A bundle's edge takes requests. */
  accepting = false;
  leaving = false;
  /** Nonces that its agent last told it are ready. */
  ready: ReadonlySet<string> = new Set();
  /** Virtual ms of its last thaw. */
  thawedAt = 0;

  constructor(world: World, { instance, nonce, pid, hangs }: HostSpec) {
    this.#world = world;
    this.instance = instance;
    this.nonce = nonce;
    this.pid = pid;
    this.#hangs = hangs;
    this.app = instance.replace(/-\d+$/, '');
    this.kind = this.app === BUNDLE_APP ? 'bundle' : 'service';
    this.modules = this.kind === 'bundle' ? MODULES : [this.app];
    this.actor = actorOf(instance);
  }

  boot(): void {
    void this.#start().catch((error: unknown) => this.#world.oracle.defect(`${this.instance} start`, error));
  }

  async #start(): Promise<void> {
    const world = this.#world;
    const { instance, nonce, kind, modules } = this;
    const store = storeLink(world, this.actor, this.pid);
    const runtime = createCoupling({
      host: { instance, nonce, kind, modules },
      connector: world.network.connector(this),
      readLayout: (epoch) => store.readLayout(epoch),
      beforeAdmit: () => world.plant.beforeAdmit?.(this) ?? this.agent?.beforeAdmit(),
      onDefect: (error) => {
        if (!(error instanceof BrokenError)) world.oracle.defect(`${instance} handler`, error);
      },
      cores: () => [],
    });
    this.runtime = runtime;
    this.#load(runtime);
    this.listening = true;
    const agent = createAgent({
      store,
      runtime: this.#followed(runtime),
      host: {
        ...{ instance, nonce, kind, modules, rpc: nonce, metricsUrl: null, pidStartedAt: nonce },
        ...{ build: 'b', contractHash: 'c', memoryLimitMb: 512 },
      },
      log: SILENT,
      onFenced: () => world.machine.end(this, 4, null),
      onOrphaned: () => {
        world.oracle.leavesUnwanted(this);
        this.leave();
      },
      onStopOrder: () => this.#obey(),
      onStandStill: () => world.network.breakAll(this),
    });
    this.agent = agent;
    await agent.start();
    while (runtime.held().length === 0 || (kind === 'bundle' && runtime.current === undefined)) {
      await world.clock.wait(LOOK_EVERY_MS);
    }
    await world.clock.wait(world.dice.whole(10, 150));
    if (this.#hangs) return;
    await agent.opened();
    this.accepting = kind === 'bundle' && !this.leaving;
    if (!this.leaving) await agent.ready();
  }

  #load(runtime: CouplingRuntime): void {
    const { oracle, ledger, clock, dice } = this.#world;
    const all = implementations({
      ledger,
      payment: runtime.client(CONTRACTS.payment),
      mayBreak: (module) => this.#mayBreak(module),
      onServe: (module, call) => oracle.served(this, module, call),
      onEffect: (effect) => oracle.effect(effect),
      work: () => {
        const ms = dice.weighted([
          [12, 0],
          [6, dice.whole(1, 40)],
          [1, dice.whole(100, 900)],
        ]);
        return ms === 0 ? Promise.resolve() : clock.wait(ms);
      },
    });
    for (const module of this.modules) {
      const implementation = all[module];
      if (implementation) runtime.register(implementation);
    }
  }

  #mayBreak(module: string): void {
    const { schedule, clock, openedAt, dice } = this.#world;
    const { defect } = schedule;
    if (defect?.module !== module || this.kind === 'bundle' || clock.now < openedAt + defect.at) return;
    if (dice.chance(defect.share)) throw new BrokenError(`${this.instance} is broken`);
  }

  #followed(runtime: CouplingRuntime): AgentRuntime {
    const { plant, clock, dice } = this.#world;
    const followed: AgentRuntime = {
      prepare: () => (dice.chance(0.7) ? Promise.resolve() : clock.wait(dice.whole(1, 60))),
      install: (record) => runtime.install(record),
      holds: (epoch) => runtime.holds(epoch),
      held: () => runtime.held(),
      setCurrent: (epoch) => runtime.setCurrent(epoch),
      get current() {
        return runtime.current;
      },
      forget: (epoch) => runtime.forget(epoch),
      openRoots: () => runtime.openRoots(),
      onDrained: (listener) => runtime.onDrained(listener),
      setEndpoints: (endpoints) => {
        this.ready = new Set(endpoints.flatMap(({ nonce, health }) => (health === 'ready' ? [nonce] : [])));
        runtime.setEndpoints(endpoints);
      },
      onTrial: (listener) => runtime.onTrial(listener),
      setExits: (exits) => runtime.setExits(exits),
      setTrial: (trial) => runtime.setTrial(trial),
      tally: () => {
        const tally = runtime.tally();
        return tally && { ...tally, strain: { machine: 0, loop: 0 } };
      },
    };
    return plant.runtime?.(followed) ?? followed;
  }

  /** SIGTERM: a question to its agent, once it has one. */
  askToStop(): void {
    if (this.agent) this.agent.askToStop();
    else this.#obey();
  }

  #obey(): void {
    this.#world.oracle.obeys(this);
    this.leave();
  }

  /** In order: others are told, the edge closes, what was accepted is answered, the lease is given back. */
  leave(): void {
    if (this.leaving) return;
    this.leaving = true;
    void this.#leave().catch((error: unknown) => this.#world.oracle.defect(`${this.instance} leave`, error));
  }

  async #leave(): Promise<void> {
    const { agent, runtime } = this;
    const { machine, network, customers } = this.#world;
    await agent?.leave();
    this.accepting = false;
    customers.edgeCloses(this);
    await this.#until(() => customers.at(this) === 0, LAST_REQUESTS_MS);
    if (runtime) {
      runtime.stopAdmitting();
      await this.#until(
        () => Object.values(runtime.openRoots()).every((count) => count === 0),
        LAST_ROOTS_MS,
      );
      this.goingAway = true;
      network.goAway(this);
      await this.#until(() => runtime.serving === 0 && !network.hasCallers(this), LAST_CALLS_MS);
    }
    this.listening = false;
    await agent?.close();
    machine.end(this, 0, null);
  }

  async #until(done: () => boolean, atMostMs: number): Promise<void> {
    for (let waited = 0; waited < atMostMs && !done(); waited += LOOK_EVERY_MS) {
      await this.#world.clock.wait(LOOK_EVERY_MS);
    }
  }
}
