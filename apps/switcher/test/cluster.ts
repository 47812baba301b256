/** An imagined cluster for the engine: one memory store, one clock, hosts that do exactly what the test says. */
import type { CallCounts, Tally } from '@atlas/control-layout';
import {
  createMemoryStore,
  memoryState,
  type ControlStore,
  type HostRecord,
  type Lease,
} from '@atlas/control-store';
import { FakeDriver, type FakeMachine } from '../src/adapters/fake-driver.ts';
import { Control } from '../src/engine/control.ts';
import { Engine } from '../src/engine/engine.ts';
import type { ShopShape } from '../src/machine/index.ts';
import { TRIAL_LEAST_MS } from '../src/machine/trial.ts';
import type { RunRow } from '../src/ports/run-registry.ts';

export const SHOP: ShopShape = {
  bundle: 'shop',
  modules: ['catalog', 'cart', 'payment', 'shipping'],
  hybrid: ['cart', 'payment'],
  poolBudget: 60,
  autonomy: 4,
};

/** A host that renews its lease when told, and admits roots under the newest committed epoch. */
export interface FakeHost {
  readonly record: HostRecord;
  health: Lease['health'];
  /** Ends by itself once it was told to stop. */
  obedient: boolean;
  stopAsked: boolean;
  silent: boolean;
  /** Does not ack prepared epochs. */
  deaf: boolean;
  build: string;
  /** Epoch in force when it last reached the store: it admits under this one. */
  view: number;
  roots: Record<string, number>;
}

/** Nothing got worse, and the trial has lasted long enough. */
export const calmTally = (epoch: number): Tally => ({
  epoch,
  sinceMs: TRIAL_LEAST_MS,
  strain: { machine: 0, loop: 0 },
  operations: {},
});

const counts = (calls: number, errors = 0): CallCounts => ({
  calls,
  errors,
  late: 0,
  durations: { 10: calls - errors },
});

/** Every call of the module fails. */
export const brokenTally = (epoch: number, module: string): Tally => ({
  ...calmTally(epoch),
  sinceMs: 100,
  operations: { [`${module}.read`]: { toppable: true, before: counts(500), now: counts(6, 6), pending: {} } },
});

const keyOf = ({ instance, nonce }: { instance: string; nonce: string }): string => `${instance}:${nonce}`;

export class Cluster {
  readonly state = memoryState();
  readonly hosts = new Map<string, FakeHost>();
  readonly said: string[] = [];
  now = 1_000_000;
  /** What switchers read. */
  clock = (): number => this.now;
  rows: readonly RunRow[] = [];
  /** The switcher that wrote the rows. */
  named = '';
  /** Called when a host is told to stop. */
  onStop: (host: FakeHost) => void = () => undefined;
  /** Called when a host was killed because it hung. */
  onKill: (host: FakeHost) => void = () => undefined;
  /** What a host has counted under the epoch on trial; null: it tells nothing. Calm, and long enough, by default. */
  tallyOf: (host: FakeHost, epoch: number) => Tally | null = (_host, epoch) => calmTally(epoch);
  /** Hosts that are spawned from now on stay cold. */
  coldStarts = false;
  /** Hosts that are spawned from now on take no lease: they still load. */
  loading = false;
  readonly machine: FakeMachine = {
    running: new Map(),
    onSpawn: (record) => this.#spawned(record),
    onStop: (record) => {
      const host = this.hosts.get(keyOf(record));
      if (!host) return;
      host.stopAsked = true;
      this.onStop(host);
    },
    onKill: (record) => {
      const host = this.hosts.get(keyOf(record));
      this.hosts.delete(keyOf(record));
      if (host) this.onKill(host);
    },
  };
  #engines = 0;

  store(): ControlStore {
    return createMemoryStore({ clock: () => this.now, state: this.state });
  }

  #spawned(record: HostRecord): void {
    if (record.purpose === 'spare') return; // nobody yet: it has no lease
    this.hosts.set(keyOf(record), {
      record,
      health: this.coldStarts ? 'starting' : 'ready',
      obedient: true,
      stopAsked: false,
      silent: this.loading,
      deaf: false,
      build: 'b1',
      view: this.state.committed,
      roots: {},
    });
  }

  /** A switcher process of its own: another one over the same cluster is its successor. */
  switcher(store: ControlStore = this.store(), shop: ShopShape = SHOP): { engine: Engine; control: Control } {
    this.#engines += 1;
    let drawn = 0;
    const holder = `switcher-${this.#engines}`;
    const engine = new Engine({
      store,
      driver: (ledger) => new FakeDriver(SHOP.bundle, this.machine, ledger, shop.spares?.app),
      registry: {
        publish: async (rows, stillLeads) => {
          if (!stillLeads()) throw new Error('leads no more');
          this.rows = rows;
          this.named = holder;
        },
      },
      shop,
      holder,
      say: (message, details) => this.said.push(`${message} ${JSON.stringify(details)}`),
      clock: () => this.clock(),
      draw: () => `${holder}-${(drawn += 1)}`,
    });
    return { engine, control: new Control(engine) };
  }

  host(instance: string): FakeHost {
    const found = [...this.hosts.values()].findLast(({ record }) => record.instance === instance);
    if (!found) throw new Error(`no host ${instance}; there are ${[...this.hosts.keys()].join(', ')}`);
    return found;
  }

  names(): string[] {
    return [...this.machine.running.values()].map(({ instance }) => instance).sort();
  }

  kill(instance: string): void {
    const { record } = this.host(instance);
    this.machine.running.delete(keyOf(record));
    this.hosts.delete(keyOf(record));
  }

  /** Every host renews its lease once; those that were told to stop end. */
  async beat(): Promise<void> {
    const store = this.store();
    const seen = await store.readState();
    for (const [key, host] of [...this.hosts]) {
      if (host.stopAsked && host.obedient && !Object.values(host.roots).some(Boolean)) {
        this.machine.running.delete(key);
        this.hosts.delete(key);
        await store.releaseLease(host.record.instance, host.record.nonce);
      } else if (!host.silent) {
        await store.renewLease(this.#leaseOf(host, seen.committed, seen.prepared));
        const tally = seen.trial && this.tallyOf(host, seen.trial.epoch);
        if (tally) await store.reportTally(host.record.instance, host.record.nonce, tally);
      }
    }
  }

  #leaseOf(host: FakeHost, committed: number, prepared: number | null): Lease {
    host.view = committed;
    const { record, build, roots, deaf, stopAsked } = host;
    const waits = this.machine.running.get(keyOf(record))?.purpose === 'reserve' && host.health === 'ready';
    const health = waits ? 'reserve' : host.health;
    const acked = [...this.state.live, committed, prepared ?? committed];
    return {
      instance: record.instance,
      nonce: record.nonce,
      kind: record.app === SHOP.bundle ? 'bundle' : 'service',
      modules: record.app === SHOP.bundle ? SHOP.modules : [record.app],
      rpc: `127.0.0.1:${1000 + (record.pid ?? 0)}`,
      metricsUrl: null,
      pid: record.pid ?? 0,
      build,
      contractHash: 'c1',
      health: stopAsked ? 'leaving' : health,
      acked: [...new Set(deaf ? acked.filter((epoch) => epoch !== prepared) : acked)],
      closedThrough: record.app === SHOP.bundle ? committed - 1 : null,
      roots: Object.fromEntries(Object.entries(roots).filter(([, count]) => count > 0)),
      rssMb: 80,
      memoryLimitMb: 512,
    };
  }

  /** Time passes: hosts renew, the engine turns, until nothing changes or `turns` are over. */
  async run(engine: Engine, turns = 12, stepMs = 100): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) {
      await engine.turn();
      await this.beat();
      this.now += stepMs;
    }
    await engine.turn();
  }
}
