import { createAgent, type Agent, type AgentHost, type AgentOptions } from '../src/index.ts';
import type { Layout } from '@atlas/control-layout';
import {
  createMemoryStore,
  memoryState,
  type ControlStore,
  type Lease,
  type LeaseRow,
} from '@atlas/control-store';
import { afterEach, beforeEach, vi } from 'vitest';
import { FakeRuntime } from './fake-runtime.ts';
import { linkTo, type StoreLink } from './store-link.ts';

export const tight: Layout = {
  placements: { cart: 'bundle' },
  instances: { bundle: 1 },
  canary: {},
  configVersion: 1,
};
export const loose: Layout = {
  placements: { cart: 'service' },
  instances: { bundle: 1, cart: 1 },
  canary: {},
  configVersion: 1,
};

export interface TestHost {
  readonly agent: Agent;
  readonly runtime: FakeRuntime;
  readonly link: StoreLink;
  readonly told: string[];
  lease(): Promise<LeaseRow | undefined>;
}

/** A store, a switcher and hosts, all on one virtual clock. */
export interface Scene {
  readonly control: ControlStore;
  readonly token: number;
  host(instance: string, more?: Partial<AgentHost>): TestHost;
  /** Another process without an agent, as its lease tells; renew it by calling again. */
  neighbour(instance: string, more?: Partial<Lease>): Promise<void>;
  propose(layout: Layout): Promise<number>;
  /** Proposes and commits, with modules on trial or without; hosts must ack by themselves. */
  switchTo(layout: Layout, onTrial?: readonly string[]): Promise<number>;
  /** Nothing but what is already on its way: no timer fires. */
  settle(): Promise<void>;
  pass(ms: number): Promise<void>;
  /** Time passes while no timer of any host fires, as under SIGSTOP. */
  stop(ms: number): void;
  close(): Promise<void>;
}

const identity = (instance: string): AgentHost => ({
  instance,
  nonce: `${instance}-nonce`,
  kind: instance.startsWith('shop') ? 'bundle' : 'service',
  modules: ['cart'],
  rpc: `127.0.0.1:${instance.length}`,
  metricsUrl: null,
  build: 'b',
  contractHash: 'c',
  memoryLimitMb: 512,
});

/** Gives each test of the file, or of the group it is called in, a scene and virtual time. */
export function eachTestHasScene(give: (scene: Scene) => unknown): void {
  let scene: Scene;
  beforeEach(async () => {
    vi.useFakeTimers();
    scene = await openScene();
    await give(scene);
  });
  afterEach(async () => {
    await scene.close();
    vi.useRealTimers();
  });
}

async function openScene(): Promise<Scene> {
  let stoppedMs = 0;
  const clock = (): number => Date.now() + stoppedMs;
  const state = memoryState();
  const control = createMemoryStore({ state, clock });
  const token = (await control.acquireLeadership('switcher', 3_600_000))?.token ?? 0;
  const agents: Agent[] = [];
  const pass = async (ms: number): Promise<void> => {
    await vi.advanceTimersByTimeAsync(ms);
  };
  const propose = async (layout: Layout): Promise<number> => {
    const record = await control.propose(token, (await control.readState()).committed, layout);
    if (record === undefined) throw new Error('refused');
    return record.epoch;
  };
  return {
    control,
    token,
    host: (instance, more = {}) => {
      const link = linkTo(createMemoryStore({ state, clock }));
      const runtime = new FakeRuntime();
      const told: string[] = [];
      const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
      const options: AgentOptions = {
        store: link.store,
        host: { ...identity(instance), ...more },
        runtime,
        log,
        clock,
        onFenced: () => told.push('fenced'),
        onOrphaned: () => told.push('orphaned'),
        onStopOrder: () => told.push('told to stop'),
        onRefused: () => told.push('refuses'),
        onStandStill: () => told.push('stood still'),
      };
      const agent = createAgent(options);
      agents.push(agent);
      const lease = async (): Promise<LeaseRow | undefined> =>
        (await control.readState()).leases.find((row) => row.nonce === options.host.nonce);
      return { agent, runtime, link, told, lease };
    },
    neighbour: async (instance, more = {}) => {
      const { renewLease } = createMemoryStore({ state, clock });
      await renewLease({
        ...identity(instance),
        pid: 1,
        health: 'ready',
        acked: Array.from({ length: 20 }, (_, epoch) => epoch),
        closedThrough: null,
        roots: {},
        rssMb: 1,
        ...more,
      });
    },
    propose,
    switchTo: async (layout, onTrial = []) => {
      const { committed } = await control.readState();
      const epoch = await propose(layout);
      await pass(0);
      for (let tries = 0; tries < 40; tries += 1) {
        const { outcome } = await control.commit(token, committed, epoch, onTrial);
        if (outcome === 'committed') return epoch;
        await pass(100);
      }
      throw new Error('was never acked');
    },
    settle: () => pass(0),
    pass,
    stop: (ms) => {
      stoppedMs += ms;
    },
    close: async () => {
      const closing = Promise.all(agents.map((agent) => agent.close()));
      await pass(1_000);
      await closing;
    },
  };
}
