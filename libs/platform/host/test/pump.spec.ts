import { createMemoryStore, memoryState } from '@atlas/control-store';
import { defineContract, implement, operation, type Call } from '@atlas/coupling-runtime';
import { createTestCoupling } from '@atlas/coupling-testkit';
import type { Event } from '@atlas/platform-event-log';
import { Type } from '@sinclair/typebox';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Pump } from '../src/index.ts';

const contract = defineContract('parcel', {
  sweep: operation({
    kind: 'keyed',
    input: Type.Object({}, { additionalProperties: false }),
    output: Type.Object({}),
    errors: [],
    deadlineMs: 1_000,
    trigger: { everyMs: 20 },
  }),
  apply: operation({
    kind: 'keyed',
    input: Type.Any(),
    output: Type.Object({ applied: Type.String() }),
    errors: [],
    deadlineMs: 1_000,
    trigger: { event: 'order.paid' },
  }),
});

interface Handled {
  readonly event: Event;
  readonly call: Pick<Call, 'key' | 'rootId' | 'epoch'>;
}

const event = (aggregateId: string, version: number): Event => ({
  id: `${aggregateId}-${version}`,
  name: 'order.paid',
  aggregateId,
  version,
  payload: {},
  rootId: '0'.repeat(16),
  at: 0,
});

/** A log whose handled events are gone. */
class FakeLog {
  readonly events: Event[];
  failures = 0;
  looks = 0;
  constructor(events: Event[]) {
    this.events = events;
  }
  async pending(
    _consumer: string,
    _name: string,
    limit: number,
    except: readonly string[] = [],
  ): Promise<readonly Event[]> {
    this.looks += 1;
    if (this.failures-- > 0) throw new Error('away');
    return this.events.filter(({ aggregateId }) => !except.includes(aggregateId)).slice(0, limit);
  }
  /** How many old events each batch finds. */
  readonly old: number[] = [];
  async prune(limit: number): Promise<number> {
    return Math.min(limit, this.old.shift() ?? 0);
  }
  async done(_consumer: string, { id }: Event): Promise<void> {
    this.events.splice(
      this.events.findIndex((each) => each.id === id),
      1,
    );
  }
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function start(log: FakeLog, apply: (event: Event, call: Call) => Promise<{ applied: string }>) {
  const handled: Handled[] = [];
  const swept: (string | undefined)[] = [];
  const coupling = createTestCoupling({
    modules: [
      implement(contract, {
        async sweep(_input, { key }) {
          swept.push(key);
          return {};
        },
        async apply(input, call) {
          const { key, rootId, epoch } = call;
          handled.push({ event: input as Event, call: { key, rootId, epoch } });
          return apply(input as Event, call);
        },
      }),
    ],
  });
  const store = createMemoryStore({ state: memoryState() });
  const lags = new Map<string, () => readonly { readonly labels: object; readonly value: number }[]>();
  const pumpOf = (holder: string): Pump =>
    new Pump({
      contracts: [contract],
      coupling,
      store,
      reader: log,
      holder,
      restMs: 5,
      log: { warn: () => {} },
      metrics: { pumpRun: () => {}, gauge: (_, read) => void lags.set(holder, read) },
    });
  const run = (holder: string): Pump => {
    const pump = pumpOf(holder);
    pump.start();
    closing.push(() => pump.stop());
    return pump;
  };
  closing.push(() => coupling.close());
  return { handled, swept, run, store, lagOf: (holder: string) => lags.get(holder)?.() };
}

const applied = () => Promise.resolve({ applied: 'applied' });
const ids = (handled: readonly Handled[]) => handled.map(({ event: { id } }) => id);

describe('Pump', () => {
  it('handles each event once, in the order of its aggregate, each as a root of its own under the event id', async () => {
    const log = new FakeLog([event('a', 1), event('b', 1), event('a', 2), event('a', 3)]);
    const { handled, run } = start(log, applied);
    run('one');
    await vi.waitFor(() => expect(log.events).toEqual([]));
    expect(ids(handled).filter((id) => id.startsWith('a'))).toEqual(['a-1', 'a-2', 'a-3']);
    expect(ids(handled)).toHaveLength(4);
    for (const { event: each, call } of handled) expect(call.key).toBe(each.id);
    expect(new Set(handled.map(({ call }) => call.rootId)).size).toBe(4);
  });

  it('tries what fails again later, stops its aggregate there, and goes on with the others', async () => {
    const log = new FakeLog([event('a', 1), event('a', 2), event('b', 1)]);
    let fails = true;
    const { handled, run } = start(log, ({ id }) =>
      id === 'a-1' && fails ? Promise.reject(new Error('defect')) : applied(),
    );
    run('one');
    await vi.waitFor(() => expect(log.events.map(({ id }) => id)).toEqual(['a-1', 'a-2']));
    expect(ids(handled)).not.toContain('a-2');
    fails = false;
    await vi.waitFor(() => expect(log.events).toEqual([]));
    const tries = ids(handled).filter((id) => id === 'a-1').length;
    expect(tries).toBeGreaterThan(1);
    expect(ids(handled).filter((id) => id !== 'b-1')).toEqual([...Array<string>(tries).fill('a-1'), 'a-2']);
  });

  it('is not held up by more failing aggregates than it takes at a time', async () => {
    const failing = Array.from({ length: 150 }, (_, n) => event(`bad${n}`, 1));
    const log = new FakeLog([...failing, event('good', 1)]);
    const { handled, run } = start(log, ({ id }) =>
      id === 'good-1' ? applied() : Promise.reject(new Error('defect')),
    );
    run('one');
    await vi.waitFor(() => expect(ids(handled)).toContain('good-1'));
    await vi.waitFor(() => expect(log.events.map(({ id }) => id)).not.toContain('good-1'));
  });

  it('does not take a gap for done', async () => {
    const log = new FakeLog([event('a', 2)]);
    let gaps = 1;
    const { handled, run } = start(log, () => Promise.resolve({ applied: gaps-- > 0 ? 'gap' : 'applied' }));
    run('one');
    await vi.waitFor(() => expect(log.events).toEqual([]));
    expect(ids(handled)).toEqual(['a-2', 'a-2']);
  });

  it('looks again after the log was away', async () => {
    const log = new FakeLog([event('a', 1)]);
    log.failures = 1;
    start(log, applied).run('one');
    await vi.waitFor(() => expect(log.events).toEqual([]));
  });

  it('runs a job once per time slot, with the slot in its key', async () => {
    const { swept, run } = start(new FakeLog([]), applied);
    run('one');
    await vi.waitFor(() => expect(swept.length).toBeGreaterThan(3));
    expect(new Set(swept).size).toBe(swept.length);
    expect(swept[0]).toMatch(/^job:parcel\.sweep:\d+$/);
  });

  it('leaves a subscription to the bundle that holds its lock, and hands it over when it stops', async () => {
    const log = new FakeLog([]);
    const { run } = start(log, applied);
    const first = run('one');
    await vi.waitFor(() => expect(log.looks).toBeGreaterThan(0));
    run('two');
    await first.stop();
    const looks = log.looks;
    await vi.waitFor(() => expect(log.looks).toBeGreaterThan(looks));
  });

  it('tells how far it is behind the log while it holds the lock, and nothing before and after', async () => {
    const log = new FakeLog([]);
    const gate = Promise.withResolvers<void>();
    const { handled, run, lagOf } = start(log, async () => {
      await gate.promise;
      return applied();
    });
    const first = run('one');
    await vi.waitFor(() => expect(lagOf('one')?.[0]?.value).toBeLessThan(3_600));
    run('two');
    log.events.push({ ...event('a', 1), at: Date.now() - 7_200_000 });
    await vi.waitFor(() => expect(handled).toHaveLength(1));
    expect(lagOf('one')).toEqual([{ labels: { consumer: 'parcel.apply' }, value: expect.any(Number) }]);
    expect(lagOf('one')?.[0]?.value).toBeGreaterThanOrEqual(7_200);
    expect(lagOf('two')).toEqual([]);
    gate.resolve();
    await vi.waitFor(() => expect(lagOf('one')?.[0]?.value).toBeLessThan(3_600));
    await first.stop();
    expect(lagOf('one')).toEqual([]);
  });

  it('tells that it is behind, too, when it has never been able to read the log', async () => {
    const log = new FakeLog([]);
    log.failures = Infinity;
    const { run, lagOf } = start(log, applied);
    run('one');
    await vi.waitFor(() => expect(log.looks).toBeGreaterThan(1));
    expect(lagOf('one')).toEqual([{ labels: { consumer: 'parcel.apply' }, value: expect.any(Number) }]);
  });

  it('goes on while the store is away, if it held the lock (E5)', async () => {
    const log = new FakeLog([]);
    const { run, store } = start(log, applied);
    run('one');
    await vi.waitFor(() => expect(log.looks).toBeGreaterThan(0));
    vi.spyOn(store, 'acquireLock').mockRejectedValue(new Error('away'));
    log.events.push(event('a', 1));
    await vi.waitFor(() => expect(log.events).toEqual([]));
  });

  it('keeps its lock through an event that takes longer than the lock lives', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance', 'Date'] });
    closing.push(async () => void vi.useRealTimers());
    const log = new FakeLog([event('a', 1)]);
    const gate = Promise.withResolvers<void>();
    const { handled, run, store } = start(log, async () => {
      await gate.promise;
      return applied();
    });
    run('one');
    await vi.waitFor(() => expect(handled).toHaveLength(1));
    await vi.advanceTimersByTimeAsync(10_000);
    const taken = await store.acquireLock('pump:parcel.apply', 'two', 3_000);
    gate.resolve();
    expect(taken).toBeUndefined();
    await vi.waitFor(() => expect(log.events).toEqual([]));
  });

  it('ends what is under way before it has stopped', async () => {
    const log = new FakeLog([event('a', 1)]);
    const gate = Promise.withResolvers<void>();
    const { handled, run } = start(log, async () => {
      await gate.promise;
      return applied();
    });
    const pump = run('one');
    await vi.waitFor(() => expect(handled).toHaveLength(1));
    const stopped = pump.stop();
    gate.resolve();
    await stopped;
    expect(log.events).toEqual([]);
  });

  it('forgets old events in batches until there are no more', async () => {
    const log = new FakeLog([]);
    log.old.push(500, 500, 20, 500);
    start(log, async () => applied()).run('one');
    await vi.waitFor(() => expect(log.old).toEqual([500]));
  });
});
