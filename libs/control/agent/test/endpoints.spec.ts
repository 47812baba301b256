import { EXITS_KEPT_MS, type LeaseRow, type StoreState } from '@atlas/control-store';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeEndpoints } from '../src/endpoint-judgement.ts';
import { eachTestHasScene, tight, type Scene, type TestHost } from './scene.ts';

describe('endpoints', () => {
  let scene: Scene;
  let shop: TestHost;
  eachTestHasScene(async (made) => {
    scene = made;
    shop = scene.host('shop-0');
    await shop.agent.start();
    await scene.switchTo(tight);
  });

  /** Time passes while these neighbours renew. */
  async function passWith(ms: number, ...instances: string[]): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) {
      for (const instance of instances) await scene.neighbour(instance);
      await scene.pass(500);
    }
  }

  it('are the leases of others, with their health', async () => {
    await scene.neighbour('cart-0', { health: 'starting' });
    await scene.settle();
    expect(shop.runtime.endpoints).toMatchObject([
      { instance: 'cart-0', health: 'starting', kind: 'service' },
    ]);
    await scene.neighbour('cart-0');
    await scene.settle();
    expect(shop.runtime.endpoints).toMatchObject([{ instance: 'cart-0', health: 'ready' }]);
  });

  it('end at once with evidence of the exit', async () => {
    await scene.neighbour('cart-0');
    await scene.settle();
    await scene.control.recordExit(scene.token, {
      instance: 'cart-0',
      nonce: 'cart-0-nonce',
      cause: 'signal',
    });
    await scene.settle();
    expect(shop.runtime.reachable).toEqual([]);
  });

  it('end when one falls silent while the others do not', async () => {
    await passWith(5_000, 'cart-0', 'cart-1', 'shop-1');
    expect(shop.runtime.reachable).toEqual(['cart-0', 'cart-1', 'shop-1']);
    await passWith(4_000, 'cart-1', 'shop-1');
    expect(shop.runtime.reachable).toEqual(['cart-1', 'shop-1']);
    await passWith(500, 'cart-0', 'cart-1', 'shop-1');
    expect(shop.runtime.reachable).toEqual(['cart-0', 'cart-1', 'shop-1']);
  });

  it('are kept when many fall silent together, until there is evidence', async () => {
    await passWith(5_000, 'cart-0', 'cart-1', 'shop-1');
    await passWith(20_000, 'shop-1');
    expect(shop.runtime.reachable).toEqual(['shop-1', 'cart-0', 'cart-1']);
    await scene.control.recordExit(scene.token, { instance: 'cart-1', nonce: 'cart-1-nonce', cause: 'exit' });
    await passWith(500, 'shop-1');
    expect(shop.runtime.reachable).toEqual(['shop-1']);
  });

  it('end when the store lists them no more, however many: their exits may have gone off its list unseen', async () => {
    await passWith(5_000, 'cart-0', 'cart-1', 'shop-1');
    shop.link.state = 'cut';
    for (const instance of ['cart-0', 'cart-1'])
      await scene.control.recordExit(scene.token, { instance, nonce: `${instance}-nonce`, cause: 'exit' });
    scene.stop(EXITS_KEPT_MS);
    shop.link.state = 'up';
    await passWith(500, 'shop-1');
    expect(shop.runtime.reachable).toEqual(['shop-1']);
  });

  it('are not judged within one lease after the contact was broken', async () => {
    await passWith(5_000, 'cart-0');
    shop.link.state = 'cut';
    await scene.pass(10_000);
    shop.link.state = 'up';
    await scene.pass(2_500);
    expect(shop.runtime.reachable).toEqual(['cart-0']);
    await scene.pass(1_500);
    expect(shop.runtime.reachable).toEqual([]);
  });

  it('are not judged within one lease after a single failed read', async () => {
    await passWith(5_000, 'cart-0');
    await scene.pass(2_000);
    shop.link.state = 'cut';
    await scene.pass(300);
    shop.link.state = 'up';
    await scene.pass(2_500);
    expect(shop.runtime.reachable).toEqual(['cart-0']);
    await scene.pass(1_000);
    expect(shop.runtime.reachable).toEqual([]);
  });

  it('keep the last bundle while nothing proves its end, since nobody stands by for it', async () => {
    const both = async (): Promise<void> => {
      await scene.neighbour('cart-0');
      await scene.neighbour('cart-1');
      await scene.pass(500);
    };
    await scene.neighbour('shop-1', { kind: 'bundle' });
    for (let passed = 0; passed < 10_000; passed += 500) await both();
    expect(shop.runtime.reachable).toContain('shop-1');
    await scene.control.recordExit(scene.token, { instance: 'shop-1', nonce: 'shop-1-nonce', cause: 'exit' });
    await both();
    expect(shop.runtime.reachable).toEqual(['cart-0', 'cart-1']);
  });

  it('keep a silent bundle while the other one leaves', async () => {
    const others = async (): Promise<void> => {
      await scene.neighbour('cart-0');
      await scene.neighbour('cart-1');
      await scene.neighbour('shop-2', { kind: 'bundle', health: 'leaving' });
      await scene.pass(500);
    };
    await scene.neighbour('shop-1', { kind: 'bundle' });
    for (let passed = 0; passed < 5_000; passed += 500) await others();
    expect(shop.runtime.reachable).toContain('shop-1');
  });

  it('go without suspicion when several leave in good order', async () => {
    await passWith(5_000, 'cart-0', 'cart-1');
    for (const instance of ['cart-0', 'cart-1']) await scene.neighbour(instance, { health: 'leaving' });
    await scene.settle();
    for (const instance of ['cart-0', 'cart-1'])
      await scene.control.releaseLease(instance, `${instance}-nonce`);
    await scene.settle();
    expect(shop.runtime.reachable).toEqual([]);
  });

  it('of a predecessor end when its successor is there', async () => {
    await scene.neighbour('cart-0');
    await scene.settle();
    await scene.neighbour('cart-0', { nonce: 'second' });
    await scene.pass(3_500);
    await scene.neighbour('cart-0', { nonce: 'second' });
    await scene.pass(300);
    expect(shop.runtime.endpoints.map((endpoint) => endpoint.nonce)).toEqual(['second']);
  });
});

describe('judgeEndpoints', () => {
  const row = fc.record({
    nonce: fc.integer({ min: 0, max: 6 }).map(String),
    live: fc.boolean(),
    health: fc.constantFrom('starting' as const, 'reserve' as const, 'ready' as const, 'leaving' as const),
  });
  const rows = fc
    .uniqueArray(row, { selector: ({ nonce }) => nonce, maxLength: 7 })
    .map((list) => list.map((each): LeaseRow => ({ ...lease, ...each, instance: `cart-${each.nonce}` })));
  const lease: LeaseRow = {
    instance: '',
    nonce: '',
    kind: 'service',
    modules: [],
    rpc: '',
    metricsUrl: null,
    pid: 1,
    build: '',
    contractHash: '',
    health: 'ready',
    acked: [],
    closedThrough: null,
    roots: {},
    rssMb: 1,
    memoryLimitMb: 1,
    renewedAt: 0,
    live: true,
  };
  const input = fc.record({
    known: rows,
    leases: rows,
    gone: fc.array(fc.integer({ min: 0, max: 6 }).map(String), { maxLength: 3 }),
    mayJudge: fc.boolean(),
  });
  const stateOf = (leases: readonly LeaseRow[], gone: readonly string[]): StoreState => ({
    storeNow: 0,
    news: 0,
    committed: 0,
    prepared: null,
    preparedLayout: null,
    liveEpochs: [],
    trial: null,
    leases,
    exits: gone.map((nonce) => ({ instance: `cart-${nonce}`, nonce, cause: 'exit', at: 0 })),
    refused: [],
    leaderToken: 1,
    hosts: [],
  });
  const nonces = (list: readonly LeaseRow[]): string[] => list.map(({ nonce }) => nonce);

  it('keeps every live instance, none with evidence of its exit or listed no more, and itself never', () => {
    fc.assert(
      fc.property(input, ({ known, leases, gone, mayJudge }) => {
        const { kept } = judgeEndpoints(known, stateOf(leases, gone), { self: '0', mayJudge });
        const expected = leases.filter(({ nonce, live }) => live && nonce !== '0' && !gone.includes(nonce));
        expect(nonces(kept)).toEqual(expect.arrayContaining(nonces(expected)));
        for (const nonce of gone) expect(nonces(kept)).not.toContain(nonce);
        expect(nonces(leases)).toEqual(expect.arrayContaining(nonces(kept)));
        expect(new Set(nonces(kept)).size).toBe(kept.length);
      }),
    );
  });

  it('drops nobody who is only silent while it may not judge', () => {
    fc.assert(
      fc.property(input, ({ known, leases, gone }) => {
        const { kept } = judgeEndpoints(known, stateOf(leases, gone), { self: '9', mayJudge: false });
        const silent = known.filter(
          ({ nonce }) => !gone.includes(nonce) && leases.some((other) => other.nonce === nonce),
        );
        expect(nonces(kept)).toEqual(expect.arrayContaining(nonces(silent)));
      }),
    );
  });

  it('never drops half of those it knows, two at least, that are listed without evidence', () => {
    fc.assert(
      fc.property(input, ({ known, leases, gone, mayJudge }) => {
        const { kept } = judgeEndpoints(known, stateOf(leases, gone), { self: '9', mayJudge });
        const unexplained = known.filter(
          ({ nonce }) =>
            nonces(leases).includes(nonce) && !gone.includes(nonce) && !nonces(kept).includes(nonce),
        );
        expect(unexplained.length < 2 || unexplained.length * 2 < known.length).toBe(true);
      }),
    );
  });
});
