import type { Layout } from '@atlas/control-layout';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { aContract, Cluster, layoutOf, MODULES } from './cluster.ts';

let cluster: Cluster;
afterEach(async () => {
  await cluster.close();
});

const placement = fc.constantFrom('bundle' as const, 'service' as const);
const layouts: fc.Arbitrary<Layout> = fc
  .tuple(
    fc.record({ a: placement, b: placement, c: placement }),
    fc.dictionary(fc.constantFrom(...MODULES), fc.double({ min: 0.1, max: 1, noNaN: true })),
  )
  .map(([placements, canary]) => layoutOf(placements, canary));

/** Where E1 is broken: calls served by a host that the root's epoch names neither primary nor standby. */
function strays(ran: Cluster): unknown[] {
  return ran.served.filter(({ instance, epoch, module }) => {
    const { kind, modules } = ran.hostOf(instance).endpoint;
    const named = ran.layouts.get(epoch)?.placements[module];
    return kind === 'bundle' ? named === undefined : named !== 'service' || !modules.includes(module);
  });
}

/** Calls that the standby served although the primary was there. */
function needless(ran: Cluster, absent: readonly string[]): unknown[] {
  return ran.served.filter(({ instance, epoch, module }) => {
    const layout = ran.layouts.get(epoch);
    const standby =
      ran.hostOf(instance).endpoint.kind === 'bundle' && layout?.placements[module] === 'service';
    return standby && !absent.includes(`${module}-0`) && layout.canary[module] === undefined;
  });
}

async function run(ran: Cluster, bundle: number, text: string): Promise<{ text: string; epoch: number }> {
  const { runtime } = ran.bundles[bundle % 2] ?? ran.hostOf('shop-0');
  const admission = runtime.admit({ label: 'test' });
  if (admission instanceof Promise) throw new Error('waits');
  try {
    const answer = await runtime.client(aContract).go({ text }, admission.call);
    return { text: answer.text, epoch: admission.epoch };
  } finally {
    admission.end();
  }
}

describe('roots while layouts change', () => {
  it('E1: every call of a root is served where the root’s epoch says, and every root is answered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(layouts, { minLength: 1, maxLength: 5 }),
        fc.subarray(['a-0', 'b-0', 'c-0']),
        async (sequence, absent) => {
          cluster = new Cluster();
          cluster.announce(absent);
          const running: Promise<{ text: string; epoch: number }>[] = [];
          const first = cluster.prepare(layoutOf({ a: 'bundle', b: 'bundle', c: 'bundle' }));
          for (const { runtime } of cluster.bundles) runtime.setCurrent(first);
          for (const layout of sequence) {
            const epoch = cluster.prepare(layout);
            for (const { runtime } of cluster.bundles) {
              runtime.setCurrent(epoch);
              for (let root = 0; root < 4; root += 1) running.push(run(cluster, root, '>'));
              await new Promise((resolve) => setImmediate(resolve));
            }
          }
          const answers = await Promise.all(running);
          expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['>abc']));
          expect(strays(cluster)).toEqual([]);
          expect(needless(cluster, absent)).toEqual([]);
          for (const { runtime } of cluster.bundles) expect(runtime.openRoots()).toEqual({});
          await cluster.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('drains every epoch while the load goes on, over real sockets', async () => {
    cluster = new Cluster();
    await cluster.listen();
    cluster.announce();
    const drained = cluster.bundles.map(() => new Set<number>());
    cluster.bundles.forEach(({ runtime }, at) => runtime.onDrained((epoch) => drained[at]?.add(epoch)));
    const kinds = ['bundle', 'service'] as const;
    let answered = 0;
    let loading = true;
    cluster.prepare(layoutOf({ a: 'bundle', b: 'bundle', c: 'bundle' }));
    for (const { runtime } of cluster.bundles) runtime.setCurrent(1);
    const clients = Array.from({ length: 16 }, async (_, client) => {
      while (loading) {
        expect((await run(cluster, client, '>')).text).toBe('>abc');
        answered += 1;
      }
    });
    for (let shape = 1; shape < 16; shape += 1) {
      const [a, b, c] = [shape & 1, (shape >> 1) & 1, (shape >> 2) & 1].map((bit) => kinds[bit] ?? 'bundle');
      const epoch = cluster.prepare(layoutOf({ a: a ?? 'bundle', b: b ?? 'bundle', c: c ?? 'bundle' }));
      for (const { runtime } of cluster.bundles) runtime.setCurrent(epoch);
      const target = answered + 32;
      while (answered < target) await new Promise((resolve) => setImmediate(resolve));
    }
    loading = false;
    await Promise.all(clients);
    expect(strays(cluster)).toEqual([]);
    expect(needless(cluster, [])).toEqual([]);
    for (const epochs of drained)
      expect([...epochs].sort((x, y) => x - y)).toEqual(Array.from({ length: 15 }, (_, n) => n + 1));
  });

  it('loses no call when a service goes away under load', async () => {
    cluster = new Cluster();
    await cluster.listen();
    cluster.announce();
    cluster.prepare(layoutOf({ a: 'service', b: 'service', c: 'service' }));
    for (const { runtime } of cluster.bundles) runtime.setCurrent(1);
    let loading = true;
    let answered = 0;
    const clients = Array.from({ length: 32 }, async (_, client) => {
      while (loading) {
        expect((await run(cluster, client, '>')).text).toBe('>abc');
        answered += 1;
      }
    });
    const more = async (): Promise<void> => {
      const target = answered + 100;
      while (answered < target) await new Promise((resolve) => setImmediate(resolve));
    };
    await more();
    const before = cluster.served.length;
    await cluster.hostOf('b-0').leave();
    await more();
    loading = false;
    await Promise.all(clients);
    expect(
      cluster.served
        .slice(before)
        .some(({ module, instance }) => module === 'b' && instance.startsWith('shop')),
    ).toBe(true);
    expect(strays(cluster)).toEqual([]);
  });
});
