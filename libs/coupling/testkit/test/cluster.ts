import type { Layout, Placement } from '@atlas/control-layout';
import {
  defineContract,
  implement,
  operation,
  type AuditSink,
  type Coupling,
  type Endpoint,
  type ModuleImplementation,
  type ServeAudit,
} from '@atlas/coupling-runtime';
import { Type } from '@sinclair/typebox';
import { TestHost, type MemoryHosts } from '../src/index.ts';

const Trail = Type.Object({ text: Type.String() }, { additionalProperties: false });
const step = operation({ kind: 'read', input: Trail, output: Trail, errors: [], deadlineMs: 5_000 });

/** Three modules, each of which calls the next: a → b → c. */
export const aContract = defineContract('a', { go: step });
const bContract = defineContract('b', { go: step });
const cContract = defineContract('c', { go: step });
export const MODULES = ['a', 'b', 'c'] as const;
export type ModuleName = (typeof MODULES)[number];

function moduleOf(name: ModuleName, coupling: Coupling): ModuleImplementation {
  if (name === 'c') return implement(cContract, { go: ({ text }) => Promise.resolve({ text: `${text}c` }) });
  const next = coupling.client(name === 'a' ? bContract : cContract);
  const contract = name === 'a' ? aContract : bContract;
  return implement(contract, {
    go: async ({ text }, call) => {
      await new Promise((resolve) => setImmediate(resolve));
      return next.go({ text: text + name }, call);
    },
  });
}

export const layoutOf = (placements: Readonly<Record<ModuleName, Placement>>, canary = {}): Layout => ({
  placements,
  instances: { bundle: 2, a: 1, b: 1, c: 1 },
  canary,
  configVersion: 1,
});

/** Two bundles and a service for each module, all in this process, with every served call written down. */
export class Cluster {
  readonly hosts: readonly TestHost[];
  readonly served: ServeAudit[] = [];
  readonly layouts = new Map<number, Layout>();
  #epoch = 0;

  constructor() {
    const memory: MemoryHosts = new Map();
    const audit: AuditSink = { admit: () => {}, call: () => {}, serve: (record) => this.served.push(record) };
    const host = (kind: 'bundle' | 'service', instance: string, modules: readonly ModuleName[]): TestHost => {
      const nonce = Buffer.from(instance.padEnd(8, '.')).toString('hex');
      const made = new TestHost({ kind, instance, nonce, modules, memory, audit });
      for (const module of modules) made.runtime.register(moduleOf(module, made.runtime));
      return made;
    };
    this.hosts = [
      host('bundle', 'shop-0', MODULES),
      host('bundle', 'shop-1', MODULES),
      ...MODULES.map((module) => host('service', `${module}-0`, [module])),
    ];
  }

  get bundles(): readonly TestHost[] {
    return this.hosts.slice(0, 2);
  }

  hostOf(instance: string): TestHost {
    const found = this.hosts.find(({ endpoint }) => endpoint.instance === instance);
    if (found === undefined) throw new Error(`no host ${instance}`);
    return found;
  }

  async listen(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.listen()));
  }

  /** Every host holds the layout under the next epoch; nothing runs under it yet. */
  prepare(layout: Layout): number {
    this.#epoch += 1;
    this.layouts.set(this.#epoch, layout);
    for (const { runtime } of this.hosts) runtime.install({ epoch: this.#epoch, layout });
    return this.#epoch;
  }

  /** @param absent instances without a lease. */
  announce(absent: readonly string[] = []): void {
    const endpoints: Endpoint[] = this.hosts
      .map(({ endpoint }) => endpoint)
      .filter(({ instance }) => !absent.includes(instance));
    for (const { runtime } of this.hosts) runtime.setEndpoints(endpoints);
  }

  async close(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.close()));
  }
}
