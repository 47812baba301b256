import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Collector, scrapes, summaryOf, type Summary, type Target } from '../src/index.ts';
import { SOURCES, type SourceCase } from './sources.ts';
import { textOf, type Counts } from './texts.ts';

const MODULES = ['cart', 'catalog'];
const target = (instance: string, app = 'shop', process = '1'): Target => ({
  ...{ instance, app, process },
  metricsUrl: `http://${instance}`,
});
const SHOP = target('shop-0');

/** A collector whose clocks and hosts the test moves. */
function sceneOf({ source }: SourceCase) {
  const texts = new Map<string, string>();
  const now = { wallMs: 1_000_000, steadyMs: 0 };
  const collector = new Collector({
    bundle: 'shop',
    source: source(texts, () => now.steadyMs),
    clocks: { wallMs: () => now.wallMs, steadyMs: () => now.steadyMs },
  });
  const later = (ms: number, wallMs = ms): void => {
    now.steadyMs += ms;
    now.wallMs += wallMs;
  };
  const round = async (targets: readonly Target[] = [SHOP]): Promise<Summary> => {
    const { at, covered, looks, flaws } = await collector.round(targets);
    return summaryOf({ at, covered: covered ? 1 : 0, looks, modules: MODULES, flaws });
  };
  const says = (instance: string, counts: Counts | string): void =>
    void texts.set(instance, typeof counts === 'string' ? counts : textOf(counts));
  return { says, later, round, silence: (instance: string) => texts.delete(instance) };
}

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

describe.each(SOURCES)('what is wrong with $name', (given) => {
  const scene = () => sceneOf(given);
  const running = async () => {
    const at = scene();
    at.says('shop-0', { cpu: 1, answers: { 'cart.get 200': 100 } });
    await at.round();
    at.later(1_000);
    return at;
  };

  test.each([
    ['an answer that came before', textOf({ cpu: 1, answers: { 'cart.get 200': 100 } }), 'replayed'],
    ['an older answer', textOf({ cpu: 0.5, answers: { 'cart.get 200': 50 } }), 'replayed'],
    [
      'a counter that is no number',
      textOf({ cpu: 2, more: 'atlas_edge_requests_total{operation="cart.get",status="200"} NaN' }),
      'absurd',
    ],
    ['a negative counter', textOf({ cpu: 2, more: 'process_resident_memory_bytes -1' }), 'absurd'],
    ['infinitely much', textOf({ cpu: 2, more: 'process_resident_memory_bytes +Inf' }), 'absurd'],
    ['a rate that no machine reaches', textOf({ cpu: 2, answers: { 'cart.get 200': 1e9 } }), 'absurd'],
    [
      'more answers than its CPU time can have made',
      textOf({ cpu: 1.1, answers: { 'cart.get 200': 12_000 } }),
      'absurd',
    ],
    [
      'more bytes than a machine moves',
      textOf({ cpu: 2, more: 'process_disk_io_bytes_total{direction="read"} 1e18' }),
      'absurd',
    ],
    [
      'a line that is cut off',
      textOf({ cpu: 2, more: 'atlas_edge_requests_total{operation="ca' }),
      given.cutOff,
    ],
    ['no metrics at all', '<html>', given.unreadable],
    ['nothing', '', given.unreadable],
  ])('%s is not taken, and said', async (_, text, flaw) => {
    const { says, later, round } = await running();
    says('shop-0', text);
    expect(await round()).toMatchObject({
      covered: 0,
      answers: { rps: 0 },
      flaws: [{ instance: 'shop-0', flaw }],
    });
    later(1_000);
    says('shop-0', { cpu: 3, answers: { 'cart.get 200': 120 } });
    expect(await round()).toMatchObject({ covered: 1, answers: { rps: 10 }, flaws: [] });
  });

  test('a host that does not answer is missing; without it the load of the shop is not known', async () => {
    const { says, round, silence } = await running();
    says('shop-0', { cpu: 2, answers: { 'cart.get 200': 150 } });
    silence('shop-1');
    const second = await round([SHOP, target('shop-1')]);
    expect(second).toMatchObject({ covered: 0, flaws: [{ instance: 'shop-1', flaw: 'missing' }] });
  });

  test('a missing service hides its own CPU alone', async () => {
    const { says, round } = await running();
    says('shop-0', { cpu: 2, answers: { 'cart.get 200': 150 } });
    expect(await round([SHOP, target('cart-0', 'cart')])).toMatchObject({ covered: 1, answers: { rps: 50 } });
  });

  test('no bundle at all is said', async () => {
    const { round } = scene();
    expect(await round([])).toMatchObject({ covered: 0, flaws: [{ instance: 'shop', flaw: 'no-bundle' }] });
  });

  test('a process that was started again begins anew', async () => {
    const { says, later, round } = await running();
    says('shop-0', { cpu: 0.2, start: 2, answers: { 'cart.get 200': 3 } });
    const successor = target('shop-0', 'shop', '2');
    expect(await round([successor])).toMatchObject({ covered: 0, flaws: [{ flaw: 'first' }] });
    later(1_000);
    says('shop-0', { cpu: 0.4, start: 2, answers: { 'cart.get 200': 8 } });
    expect(await round([successor])).toMatchObject({ covered: 1, answers: { rps: 5 } });
  });

  test('after a long hole nothing is said of it, and the next second is right', async () => {
    const { says, later, round } = await running();
    later(60_000);
    says('shop-0', { cpu: 2, answers: { 'cart.get 200': 9_000 } });
    expect(await round()).toMatchObject({ covered: 0, flaws: [{ flaw: 'late' }] });
    later(1_000);
    says('shop-0', { cpu: 3, answers: { 'cart.get 200': 9_010 } });
    expect(await round()).toMatchObject({ covered: 1, answers: { rps: 10 } });
  });

  test('after a long hole an answer of before it comes again: what happened meanwhile is no rate', async () => {
    const { says, later, round } = await running();
    const rounds: object[] = [];
    const next = async (total: number, afterMs: number): Promise<void> => {
      later(afterMs);
      says('shop-0', { cpu: total / 100, answers: { 'cart.get 200': total } });
      rounds.push(await round());
    };
    for (const [total, afterMs] of [
      ...[[200, 1_000] as const, [200, 9_000] as const],
      ...[[1_200, 1_000] as const, [1_210, 1_000] as const],
    ])
      await next(total, afterMs);
    expect(rounds).toMatchObject([
      { covered: 1 },
      ...[{ flaws: [{ flaw: 'late' }] }, { flaws: [{ flaw: 'late' }] }],
      { covered: 1, answers: { rps: 10 }, flaws: [] },
    ]);
  });

  test.each([3_600_000, -3_600_000])(
    'a wall clock that jumps by %d ms changes no rate, and is said',
    async (jump) => {
      const { says, later, round } = await running();
      later(0, jump);
      says('shop-0', { cpu: 2, answers: { 'cart.get 200': 150 } });
      expect(await round()).toMatchObject({
        covered: 1,
        answers: { rps: 50 },
        flaws: [{ instance: 'brain', flaw: 'clock-jump' }],
      });
    },
  );

  test('whatever a host says, a round ends and its numbers are finite and not negative', async () => {
    const value = fc.oneof(fc.double(), fc.constantFrom('NaN', '+Inf', '-1', '1e400', ''));
    const line = fc.tuple(
      fc.constantFrom(
        'process_cpu_seconds_total',
        'atlas_edge_requests_total{operation="cart.get",status="200"}',
        'atlas_edge_request_duration_seconds_bucket{le="0.1",operation="cart.get"}',
        'x{',
      ),
      value,
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(line).map((lines) => lines.map((parts) => parts.join(' ')).join('\n')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 8 }), async (all) => {
        const { says, later, round } = scene();
        for (const each of all) {
          says('shop-0', each);
          later(1_000);
          const { answers, hosts } = await round();
          const numbers = [
            ...Object.values(answers),
            ...Object.values(hosts).flatMap((host) => Object.values(host)),
          ];
          for (const number of numbers)
            expect(number === null || (Number.isFinite(number) && number >= 0)).toBe(true);
        }
      }),
    );
  });
});

test('C1: an answer that is late is missing now and taken in the round in which it is there; its process is asked once', async () => {
  const now = { wallMs: 0, steadyMs: 0 };
  const asked: ((text: string) => void)[] = [];
  const clocks = { wallMs: () => now.wallMs, steadyMs: () => now.steadyMs };
  const read = (): Promise<string> => new Promise((resolve) => asked.push(resolve));
  const collector = new Collector({
    bundle: 'shop',
    source: scrapes({ read, clocks }),
    clocks,
    patienceMs: 1,
  });
  const round = async (by: Target = SHOP) => {
    now.wallMs += 1_000;
    now.steadyMs += 1_000;
    const { covered, looks, flaws } = await collector.round([by]);
    return { covered, flaws: flaws.map(({ flaw }) => flaw), cpu: looks[0]?.rates.cpu };
  };
  const missing = { covered: false, flaws: ['missing'], cpu: undefined };
  const answer = async (text: string): Promise<void> => {
    asked.at(-1)?.(text);
    await Promise.resolve();
  };
  expect(await round()).toEqual(missing);
  await answer(textOf({ cpu: 1 }));
  expect(await round()).toMatchObject({ flaws: ['first'] });
  expect(await round()).toEqual(missing);
  expect(await round()).toEqual(missing);
  await answer(textOf({ cpu: 4 }));
  expect(asked).toHaveLength(2);
  expect(await round()).toEqual({ covered: true, flaws: [], cpu: 1 });
  expect(await round()).toEqual(missing);
  expect(await round(target('shop-0', 'shop', '2'))).toEqual(missing);
  expect(asked).toHaveLength(4);
});
