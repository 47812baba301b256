/**
 * `growth`: hosts without a business. Runtimes, control agents and their store connections are the real ones; modules
 * are made up, calls between hosts are left out. All hosts of a scenario share this process.
 */
import { createAgent } from '@atlas/control-agent';
import {
  createPostgresStore,
  LEASE_MS,
  RENEW_EVERY_MS,
  type HostStore,
  type Lease,
} from '@atlas/control-store';
import {
  contractHash,
  createCoupling,
  defineContract,
  implement,
  operation,
  type CouplingRuntime,
} from '@atlas/coupling-runtime';
import { Type } from '@sinclair/typebox';
import { setTimeout as wait } from 'node:timers/promises';
import { admitNow } from '../one-bundle.ts';
import { serveParty } from '../serve-party.ts';
import { nanosecondsPerCall } from './tight-work.ts';

export interface GrowthScene {
  /** Role of hosts. */
  readonly storeUrl: string;
  readonly modules: number;
  readonly bundles: number;
  /** The first so many modules also have a service each. */
  readonly services: number;
  /** Further leases, renewed and acked over few connections. */
  readonly leases: number;
}

const CROWD_CONNECTIONS = 20;
const ROOT_EVERY_MS = 20;
const ROOT_LASTS_MS = 8;

const contractOf = (index: number) =>
  defineContract(`m${index}`, {
    read: operation({
      kind: 'read',
      input: Type.Object({ id: Type.String() }),
      output: Type.Object({ id: Type.String() }),
      errors: [],
      deadlineMs: 3_000,
    }),
  });
type FixtureContract = ReturnType<typeof contractOf>;

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const nonceOf = (index: number): string => (index + 1).toString(16).padStart(16, '0');
let started = 0;
let contracts: readonly FixtureContract[] = [];
let hash = '';
const bundles: CouplingRuntime[] = [];

async function startHost(
  scene: GrowthScene,
  instance: string,
  own: readonly FixtureContract[],
): Promise<void> {
  const kind = own.length === contracts.length ? 'bundle' : 'service';
  const nonce = nonceOf((started += 1));
  const modules = own.map(({ module }) => module);
  const applicationName = `${instance}:${nonce}`;
  const store = createPostgresStore({ url: scene.storeUrl, role: 'host', applicationName });
  const runtime = createCoupling({
    host: { instance, nonce, kind, modules },
    readLayout: (epoch) => store.readLayout(epoch),
  });
  for (const contract of own) runtime.register(implement(contract, { read: async ({ id }) => ({ id }) }));
  const identity = { rpc: '127.0.0.1:1', metricsUrl: null, build: 'growth', contractHash: hash };
  const host = { instance, nonce, kind, modules, memoryLimitMb: 4_096, ...identity } as const;
  const agent = createAgent({ store, host, runtime, log: silent });
  await agent.start();
  await agent.ready();
  if (kind === 'bundle') serveRoots(runtime);
}

/** Roots that come and go, so that there is something to drain. */
function serveRoots(bundle: CouplingRuntime): void {
  bundles.push(bundle);
  setInterval(() => {
    if (bundle.current === undefined) return;
    const { end } = admitNow(bundle, 'growth');
    setTimeout(end, ROOT_LASTS_MS);
  }, ROOT_EVERY_MS);
}

/** Leases of many hosts over few connections: all are renewed when it is time, and when there is an epoch to ack. */
async function crowd(stores: readonly HostStore[], members: readonly Lease[]): Promise<never> {
  const [reader] = stores;
  if (reader === undefined) throw new Error('a crowd needs a connection');
  let acked: readonly number[] = [];
  let renewedAt = 0;
  let woken = Promise.withResolvers<void>();
  reader.watch(() => woken.resolve());
  for (;;) {
    const { liveEpochs, prepared } = await reader.readState();
    const epochs = [...liveEpochs, ...(prepared === null ? [] : [prepared])];
    if (epochs.join() !== acked.join() || performance.now() - renewedAt >= RENEW_EVERY_MS) {
      acked = epochs;
      renewedAt = performance.now();
      const storeOf = (index: number): HostStore => stores[index % stores.length] ?? reader;
      const renewals = members.map((lease, index) => storeOf(index).renewLease({ ...lease, acked }));
      await Promise.all(renewals);
    }
    await Promise.race([woken.promise, wait(RENEW_EVERY_MS / 2)]);
    woken = Promise.withResolvers();
  }
}

function memberOf(index: number): Lease {
  return {
    instance: `crowd-${index}`,
    nonce: nonceOf((started += 1)),
    ...{ kind: 'service', modules: ['m0'], rpc: '127.0.0.1:1', metricsUrl: null, pid: process.pid },
    ...{ build: 'growth', contractHash: hash, health: 'ready', acked: [], closedThrough: null, roots: {} },
    ...{ rssMb: 1, memoryLimitMb: 4_096 },
  };
}

async function start(scene: GrowthScene): Promise<void> {
  contracts = Array.from({ length: scene.modules }, (_, index) => contractOf(index));
  hash = contractHash(contracts);
  for (let i = 0; i < scene.bundles; i += 1) await startHost(scene, `shop-${i}`, contracts);
  for (const contract of contracts.slice(0, scene.services))
    await startHost(scene, `${contract.module}-0`, [contract]);
  const members = Array.from({ length: scene.leases }, (_, index) => memberOf(index));
  if (scene.leases === 0) return;
  const stores = Array.from({ length: CROWD_CONNECTIONS }, (_, index) =>
    createPostgresStore({ url: scene.storeUrl, role: 'host', applicationName: `crowd-${index}` }),
  );
  void crowd(stores, members);
  await wait(LEASE_MS);
}

/** ns of a call through the typed client of a bundle, over the last modules: where more are there than move, they stay. */
async function callNs(forMs: number): Promise<number> {
  const bundle = bundles[0];
  if (bundle === undefined) throw new Error('there is no bundle');
  const clients = contracts.slice(-4).map((contract) => bundle.client(contract));
  const input = { id: 'p-1' };
  return nanosecondsPerCall(forMs, async () => {
    const { call, end } = admitNow(bundle, 'growth');
    for (let i = 0; i < 100; i += 1) for (const client of clients) await client.read(input, call);
    end();
    return 100 * clients.length;
  });
}

serveParty({
  start,
  callNs: ({ forMs }: { readonly forMs: number }) => callNs(forMs),
  /** Resident memory of all hosts together, MB. */
  memoryMb: () => {
    globalThis.gc?.();
    return process.memoryUsage.rss() / 2 ** 20;
  },
});
