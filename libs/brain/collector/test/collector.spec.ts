import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sceneOf, SHOP, target } from './scene.ts';
import { SOURCES } from './sources.ts';

describe.each(SOURCES)('rates from $name', (given) => {
  const scene = () => sceneOf(given);
  test('two scrapes tell rates, latency, errors, CPU, memory, queue and delay', async () => {
    const { says, later, round } = scene();
    says('shop-0', { cpu: 10, answers: { 'cart.addItem 200': 100, 'catalog.list 200': 1_000 } });
    expect(await round()).toMatchObject({ covered: 0, flaws: [{ instance: 'shop-0', flaw: 'first' }] });
    later(2_000);
    says('shop-0', {
      cpu: 11,
      answers: {
        'cart.addItem 200': 110,
        'cart.addItem 409': 4,
        'cart.addItem 503': 2,
        'catalog.list 200': 1_048,
      },
      waiting: { cart: 3 },
    });
    const second = await round();
    expect(second).toMatchObject({
      covered: 1,
      flaws: [],
      answers: { rps: 32, clientErrors: 2, serverErrors: 1, p50: 3.5 },
      operations: { 'cart.addItem': { rps: 8 }, 'catalog.list': { rps: 24 } },
      modules: { cart: { rps: 8, stress: 0.25, poolQueue: 3 }, catalog: { rps: 24, stress: 0.75 } },
      hosts: { 'shop-0': { cpu: 0.5, memoryMb: 100, loopDelayMs: 3 } },
    });
    expect(second.answers.p99).toBeCloseTo(4.97, 2);
  });

  const IO = (received: number, written: number): string =>
    `process_network_io_bytes_total{direction="receive"} ${received}
process_disk_io_bytes_total{direction="write"} ${written}`;
  const LAG = 'atlas_event_log_lag_seconds';

  test('bytes and the lag of the event log are told; what nobody says is null, not zero', async () => {
    const { says, later, round } = scene();
    says('shop-0', { cpu: 1, more: IO(100, 4_096) });
    await round();
    later(2_000);
    says('shop-0', { cpu: 2, more: `${IO(500, 4_096)}\n${LAG}{consumer="cart.apply"} 1.5` });
    expect(await round()).toMatchObject({
      covered: 1,
      modules: { cart: { logLagS: 1.5 }, catalog: { logLagS: null } },
      hosts: { 'shop-0': { receivedBytes: 200, sentBytes: null, readBytes: null, writtenBytes: 0 } },
    });
  });

  test('a module is as late as its latest consumer on any host, whatever it is called', async () => {
    const { says, later, round } = scene();
    const both = [SHOP, target('shop-1')];
    for (const cpu of [1, 2]) {
      says('shop-0', { cpu, more: `${LAG}{consumer="cart.a"} 3\n${LAG}{consumer="constructor.b"} 9` });
      says('shop-1', { cpu, more: `${LAG}{consumer="cart.c"} 7` });
      later(1_000);
      await round(both);
    }
    later(1_000);
    says('shop-0', { cpu: 3, more: `${LAG}{consumer="cart.a"} 3` });
    says('shop-1', { cpu: 3, more: `${LAG}{consumer="cart.c"} 7` });
    expect(await round(both)).toMatchObject({ modules: { cart: { logLagS: 7 } } });
  });

  test("a service's CPU is its module's, and its own load counts once, at the edge", async () => {
    const { says, later, round } = scene();
    const both = [SHOP, target('cart-0', 'cart')];
    for (const at of [1, 2]) {
      says('shop-0', { cpu: at, answers: { 'catalog.list 200': at * 10 } });
      says('cart-0', { cpu: at * 3 });
      later(1_000);
      await round(both);
    }
    says('shop-0', { cpu: 3, answers: { 'catalog.list 200': 30 } });
    says('cart-0', { cpu: 9 });
    later(1_000);
    expect(await round(both)).toMatchObject({
      answers: { rps: 10 },
      modules: { cart: { stress: 0.75 }, catalog: { stress: 0.25 } },
    });
  });

  test('a shop that is behind is asked for more than it answers', async () => {
    const { says, later, round } = scene();
    const both = [SHOP, target('shop-1')];
    for (const [at, arrived] of [0, 200, 400].entries()) {
      for (const { instance } of both)
        says(instance, {
          cpu: at + 1,
          arrivals: { 'cart.get': arrived, 'edge.probe': at, 'edge.unmatched': at * 2 },
          answers: { 'cart.get 200': at * 50, 'cart.get 503': at * 10 },
        });
      later(1_000);
      await round(both);
    }
    for (const { instance } of both)
      says(instance, { cpu: 9, arrivals: { 'cart.get': 600 }, answers: { 'cart.get 200': 150 } });
    later(1_000);
    expect(await round(both)).toMatchObject({
      answers: { arrivals: 400, rps: 100 },
      modules: { cart: { arrivals: 400, rps: 100 }, catalog: { arrivals: 0 } },
    });
  });

  test('probes are no traffic', async () => {
    const { says, later, round } = scene();
    says('shop-0', { cpu: 1, arrivals: { 'edge.probe': 5 }, answers: { 'edge.probe 200': 5 } });
    await round();
    later(1_000);
    says('shop-0', {
      cpu: 2,
      arrivals: { 'edge.probe': 9, 'cart.get': 3 },
      answers: { 'edge.probe 200': 9, 'cart.get 200': 2 },
    });
    expect(await round()).toMatchObject({ answers: { arrivals: 3, rps: 2 } });
  });

  test.each(['constructor', '__proto__'])('an operation named %s is one like any other', async (name) => {
    const { says, later, round } = scene();
    const both = [SHOP, target('cart-0', 'cart')];
    for (const at of [1, 2, 3]) {
      says('shop-0', { cpu: at, answers: { [`${name} 200`]: at * 10 } });
      says('cart-0', { cpu: at, answers: { [`${name} 200`]: at, 'cart.get 200': at } });
      later(1_000);
      await round(both);
    }
    later(1_000);
    says('shop-0', { cpu: 4, answers: { [`${name} 200`]: 40 } });
    says('cart-0', { cpu: 4, answers: { [`${name} 200`]: 4, 'cart.get 200': 4 } });
    const { operations, answers } = await round(both);
    expect(Object.getOwnPropertyDescriptor(operations, name)?.value).toMatchObject({ rps: 11, p50: 3.5 });
    expect(answers).toMatchObject({ rps: 12, p50: 3.5 });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test('a new epoch counts from zero and one that is gone counts no more', async () => {
    const { says, later, round } = scene();
    says('shop-0', { cpu: 1, answers: { 'cart.get 200': 500 }, epoch: 1 });
    await round();
    later(1_000);
    says('shop-0', { cpu: 2, answers: { 'cart.get 200': 7 }, epoch: 2 });
    expect(await round()).toMatchObject({ covered: 1, answers: { rps: 7 } });
  });

  test('however work is spread over rounds and epochs, no answer is lost or counted twice', async () => {
    const steps = fc.array(
      fc.record({ answers: fc.nat(500), ms: fc.integer({ min: 100, max: 4_000 }), epoch: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 30,
      },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { says, later, round } = scene();
        let [cpu, epoch, inEpoch, seen, sent] = [1, 1, 0, 0, 0];
        says('shop-0', { cpu });
        await round();
        for (const step of all) {
          if (step.epoch) [epoch, inEpoch] = [epoch + 1, 0];
          inEpoch += step.answers;
          sent += step.answers;
          says('shop-0', { cpu: (cpu += 0.1), answers: { 'cart.get 200': inEpoch }, epoch });
          later(step.ms);
          seen += ((await round()).answers.rps * step.ms) / 1_000;
        }
        expect(Math.abs(seen - sent)).toBeLessThanOrEqual(1e-3 * sent + 1e-9);
      }),
    );
  });
});
