import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sceneOf, SHOP, target } from './scene.ts';
import { SOURCES } from './sources.ts';
import { spoilt, textOf } from './texts.ts';

const CONNECTIONS = 'atlas_database_connections{module="cart",state="waiting"}';
const DELAY = 'atlas_event_loop_delay_seconds{quantile="0.99"}';
const TIME = 'atlas_edge_request_duration_seconds_sum{operation="cart.get"}';
const BUCKET = 'atlas_edge_request_duration_seconds_bucket{operation="cart.get",le="+Inf"}';
const LAG = 'atlas_event_log_lag_seconds{consumer="shipping.applyOrderPaid"}';

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
    ['callers that no host has', textOf({ cpu: 2, more: `${CONNECTIONS} 100001` }), 'absurd'],
    ['a stand-still that nobody could tell of', textOf({ cpu: 2, more: `${DELAY} 3601` }), 'absurd'],
    ['a log older than any shop', textOf({ cpu: 2, more: `${LAG} 4e8` }), 'absurd'],
    ['more requests at once than there are', textOf({ cpu: 2, more: `${TIME} 1e9` }), 'absurd'],
    ['more of a histogram than was answered', textOf({ cpu: 2, more: `${BUCKET} 1e9` }), 'absurd'],
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
      'more operations than a shop has',
      textOf({
        cpu: 2,
        arrivals: Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`cart.o${n}`, 1])),
      }),
      'absurd',
    ],
    [
      'more operations that are called than a shop has',
      textOf({
        cpu: 2,
        more: Array.from(
          { length: 501 },
          (_, n) => `atlas_calls_served_total{module="cart",operation="o${n}",way="remote"} 1`,
        ).join('\n'),
      }),
      'absurd',
    ],
    ['a name that no database keeps', textOf({ cpu: 2, arrivals: { 'cart.\0': 1 } }), 'absurd'],
    ['a name that is none', textOf({ cpu: 2, arrivals: { [`cart.${'o'.repeat(100)}`]: 1 } }), 'absurd'],
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
    /** Of a host that counts on, with a few values that are not its own. */
    const ofHost = fc.record({
      more: fc.nat(99),
      strange: fc.array(fc.tuple(fc.nat(), value), { maxLength: 2 }),
    });
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(text, ofHost), { maxLength: 8 }), async (all) => {
        const { says, later, round } = scene();
        let cpu = 1;
        for (const each of all) {
          if (typeof each !== 'string') cpu += each.more;
          const whole = textOf({ cpu, answers: { 'cart.get 200': cpu } });
          says('shop-0', typeof each === 'string' ? each : spoilt(whole, each.strange));
          later(1_000);
          const { answers, hosts, covered } = await round();
          taken += covered;
          const numbers = [
            ...Object.values(answers),
            ...Object.values(hosts).flatMap((host) => Object.values(host)),
          ];
          for (const number of numbers)
            expect(number === null || (Number.isFinite(number) && number >= 0)).toBe(true);
        }
      }),
    );
    expect(taken).toBeGreaterThan(0);
  });
});
