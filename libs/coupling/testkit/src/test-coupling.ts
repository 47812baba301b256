import type { Layout } from '@atlas/control-layout';
import {
  type Admission,
  type AdmitOptions,
  type Call,
  type Client,
  type Contract,
  type Coupling,
  type DeadLetter,
  type ModuleImplementation,
  type ModuleRegistry,
} from '@atlas/coupling-runtime';
import type { MemoryHosts } from './memory-connector.ts';
import { TestHost } from './test-host.ts';
import { RunningCalls, watched } from './watched.ts';

/**
 * `local`: a function call. `encoded`: another host of this process, every value through JSON.
 * `remote`: another host of this process over a real TCP connection; needs `start`.
 */
export type TestPlacement = 'local' | 'encoded' | 'remote';

export interface TestCouplingOptions {
  /** Modules and fakes that are known at once; others may be registered before the first root. */
  readonly modules?: readonly ModuleImplementation[];
  /** Of all modules, or by name; `local` for those that are not named. */
  readonly placement?: TestPlacement | Readonly<Record<string, TestPlacement>>;
}

export interface CallOptions {
  readonly key?: string;
  /** 10,000 by default. */
  readonly deadlineMs?: number;
  readonly label?: string;
}

/**
 * A whole coupling inside one test: one bundle, and one service for each module that is placed outside of it.
 * Inputs and outputs are checked against the contracts and frozen; unfinished work of ended roots fails `close`.
 */
export class TestCoupling implements ModuleRegistry, Coupling {
  /** Provide it as `COUPLING`. */
  readonly coupling: Coupling = this;
  /** Provide it as `MODULE_REGISTRY`. */
  readonly registry: ModuleRegistry = this;
  /** Errors without a code that handlers of remote placements threw; local ones reach the caller as they are. */
  readonly defects: unknown[] = [];
  readonly deadLetters: DeadLetter[] = [];
  readonly #placement: NonNullable<TestCouplingOptions['placement']>;
  readonly #running = new RunningCalls();
  readonly #hosts: MemoryHosts = new Map();
  readonly #bundle: TestHost;
  readonly #bundled: string[] = [];
  readonly #services = new Map<string, TestHost>();
  readonly #modules: ModuleImplementation[] = [];
  readonly #open = new Set<Admission>();
  #epoch = 0;
  #named = 0;

  constructor(options: TestCouplingOptions = {}) {
    this.#placement = options.placement ?? 'local';
    this.#bundle = this.#host('bundle', 0, this.#bundled);
    for (const module of options.modules ?? []) this.register(module);
  }

  register(implementation: ModuleImplementation): void {
    const module = watched(implementation, this.#running);
    const { module: name } = implementation.contract;
    this.#modules.push(module);
    this.#bundled.push(name);
    this.#bundle.runtime.register(module);
    if (this.placementOf(name) === 'local') return;
    const service = this.#host('service', this.#services.size + 1, [name]);
    service.runtime.register(module);
    this.#services.set(name, service);
  }

  placementOf(module: string): TestPlacement {
    return typeof this.#placement === 'string' ? this.#placement : (this.#placement[module] ?? 'local');
  }

  /** Opens the listeners that `remote` placements need; call it when all modules are registered. */
  async start(): Promise<this> {
    const remote = [...this.#services].filter(([module]) => this.placementOf(module) === 'remote');
    if (remote.length === 0) return this;
    await Promise.all([this.#bundle, ...remote.map(([, host]) => host)].map((host) => host.listen()));
    return this;
  }

  client<C extends Contract>(contract: C, caller?: string): Client<C> {
    return this.#bundle.runtime.client(contract, caller);
  }

  /** Admits a root; its `end` notes every handler of it that still runs. */
  admit(options: AdmitOptions): Admission {
    this.#nameModules();
    const admission = this.#bundle.runtime.admit(options);
    if (admission instanceof Promise) throw new Error('a test coupling admits at once');
    const open: Admission = {
      ...admission,
      end: () => {
        if (this.#open.delete(open)) this.#running.rootEnded(admission.call.rootId);
        admission.end();
      },
    };
    this.#open.add(open);
    return open;
  }

  /** The call of a new root, which lasts until `close`. */
  callOf(options: CallOptions = {}): Call {
    const { deadlineMs, label = 'test' } = options;
    const { call } = this.admit({ label, ...(deadlineMs === undefined ? {} : { deadlineMs }) });
    return options.key === undefined ? call : call.withKey(options.key);
  }

  /** `module.operation of root …` for each call that ran on after its root had ended. */
  get detached(): readonly string[] {
    return this.#running.detached;
  }

  /** @throws Error when a root ended with its calls still running. */
  async close(): Promise<void> {
    for (const admission of [...this.#open]) admission.end();
    await Promise.all([this.#bundle, ...this.#services.values()].map((host) => host.close()));
    if (this.detached.length > 0) throw new Error(`detached promises: ${this.detached.join(', ')}`);
  }

  #host(kind: 'bundle' | 'service', number: number, modules: readonly string[]): TestHost {
    return new TestHost({
      kind,
      instance: `${kind === 'bundle' ? 'bundle' : (modules[0] ?? 'service')}-0`,
      nonce: (number + 0x7e57).toString(16).padStart(8, '0').padEnd(16, '0'),
      modules,
      memory: this.#hosts,
      onDefect: (error) => this.defects.push(error),
      onDeadLetter: (letter) => this.deadLetters.push(letter),
    });
  }

  /** Puts a layout in force that names every module registered so far. */
  #nameModules(): void {
    if (this.#epoch > 0 && this.#named === this.#modules.length) return;
    for (const [module, { endpoint }] of this.#services)
      if (this.placementOf(module) === 'remote' && endpoint.rpc === 'memory')
        throw new Error(`${module} is placed remote: await start() before the first root`);
    this.#named = this.#modules.length;
    this.#epoch += 1;
    const names = this.#modules.map(({ contract }) => contract.module);
    const place = (name: string) => (this.placementOf(name) === 'local' ? 'bundle' : 'service');
    const layout: Layout = {
      placements: Object.fromEntries(names.map((name) => [name, place(name)])),
      instances: { bundle: 1, ...Object.fromEntries([...this.#services.keys()].map((name) => [name, 1])) },
      canary: {},
      configVersion: 1,
    };
    const hosts = [this.#bundle, ...this.#services.values()];
    for (const { runtime } of hosts) {
      runtime.install({ epoch: this.#epoch, layout });
      runtime.setEndpoints(hosts.map(({ endpoint }) => endpoint));
      runtime.setCurrent(this.#epoch);
    }
  }
}

/** A coupling for one test; give it the module under test and fakes of the others, and close it afterwards. */
export function createTestCoupling(options: TestCouplingOptions = {}): TestCoupling {
  return new TestCoupling(options);
}
