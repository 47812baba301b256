import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeRoot, type Host, type JoinRecord, type RootContext } from '../src/judge-root.ts';
import { LAYOUTS } from './run-kit.ts';

const MODULES = ['cart', 'catalog', 'payment', 'shipping'];
const host = (instance: string, kind: string, modules = MODULES): Host => ({
  instance,
  kind,
  modules,
  died: false,
});
const HOSTS = [host('shop-0', 'bundle'), host('shop-1', 'bundle'), host('cart-0', 'service', ['cart'])];
const context: RootContext = { hosts: HOSTS, layouts: LAYOUTS };

const BARE = { answered: false, warmUp: false, operation: '', key: 0, instance: '' } as const;

/** One call as its two hosts see it: file numbers of caller and callee. */
interface Planned {
  readonly operation: string;
  readonly key: number;
  readonly from: number;
  readonly to: number;
  readonly fate: 'answered' | 'refused' | 'retried';
}

const planned = (epoch: number): fc.Arbitrary<Planned> =>
  fc
    .record({
      operation: fc.constantFrom('cart.getCart', 'cart.checkout', 'catalog.getProduct', 'payment.charge'),
      key: fc.integer({ min: 0, max: 3 }),
      from: fc.constantFrom(0, 1, 2),
      to: fc.constantFrom(0, 1, 2),
      fate: fc.constantFrom('answered', 'refused', 'retried'),
    })
    .map((call) =>
      call.to === 2 && (epoch === 1 || !call.operation.startsWith('cart.')) ? { ...call, to: 0 } : call,
    );

function recordsOf(epoch: number, calls: readonly Planned[]): JoinRecord[] {
  const both = calls.flatMap(({ operation, key, from, to, fate }): JoinRecord[] => {
    const about = { epoch, operation, key, warmUp: false };
    const instance = HOSTS[to]?.instance ?? '';
    const serve: JoinRecord = { kind: 'serve', file: to, instance, answered: false, ...about };
    const answered = fate !== 'refused';
    const call: JoinRecord = {
      kind: 'call',
      file: from,
      instance: answered ? instance : '',
      answered,
      ...about,
    };
    if (fate === 'answered') return [serve, call];
    if (fate === 'refused') return [call];
    return [serve, { ...serve, file: 0, instance: 'shop-0' }, call];
  });
  return [{ kind: 'client', epoch, file: 0, ...BARE }, { kind: 'admit', epoch, file: 0, ...BARE }, ...both];
}

const whole = fc
  .constantFrom(1, 2)
  .chain((epoch) => fc.array(planned(epoch), { maxLength: 8 }).map((calls) => recordsOf(epoch, calls)));

const anyOrder = whole.chain((records) =>
  fc.shuffledSubarray(records, { minLength: records.length, maxLength: records.length }),
);

describe('a root whose records are whole', () => {
  it('has no problem, in whatever order the records come', () => {
    fc.assert(
      fc.property(anyOrder, (records) => {
        expect(judgeRoot(records, context)).toEqual({
          asked: true,
          admitted: true,
          mixedEpoch: false,
          problems: [],
        });
      }),
    );
  });
});

describe('a root with one record spoiled', () => {
  const pickOf = (records: readonly JoinRecord[], kind: string, n: number): number | undefined => {
    const found = records.flatMap((record, i) => (record.kind === kind ? [i] : []));
    return found[n % Math.max(1, found.length)];
  };

  it('shows it when any record names another epoch', () => {
    fc.assert(
      fc.property(anyOrder, fc.nat(), (records, n) => {
        const at = n % records.length;
        const spoiled = records.map((record, i) =>
          i === at ? { ...record, epoch: 3 - (record.epoch ?? 0) } : record,
        );
        const { mixedEpoch, problems } = judgeRoot(spoiled, context);
        expect(mixedEpoch).toBe(true);
        expect(problems.join()).toContain('ran under epochs 1, 2');
      }),
    );
  });

  it('shows it when the admission is missing or doubled', () => {
    fc.assert(
      fc.property(anyOrder, (records) => {
        const without = judgeRoot(
          records.filter(({ kind }) => kind !== 'admit'),
          context,
        );
        expect(without).toMatchObject({ admitted: false, problems: ['is on no record as admitted'] });
        const admits = records.filter(({ kind }) => kind === 'admit');
        expect(judgeRoot([...records, ...admits], context).problems).toEqual(['was admitted 2 times']);
      }),
    );
  });

  it('shows it when an answered call loses every serve at its instance', () => {
    fc.assert(
      fc.property(anyOrder, fc.nat(), (records, n) => {
        const answered = records.filter((record) => record.kind === 'call' && record.answered);
        fc.pre(answered.length > 0);
        const call = answered[n % answered.length];
        const rest = records.filter(
          (r) =>
            !(
              r.kind === 'serve' &&
              r.operation === call?.operation &&
              r.key === call.key &&
              r.instance === call.instance
            ),
        );
        expect(judgeRoot(rest, context).problems.join()).toContain(
          `${call?.operation} was answered by ${call?.instance}`,
        );
      }),
    );
  });

  it('shows it when a serve has lost its caller, unless a host of the root died', () => {
    fc.assert(
      fc.property(anyOrder, fc.nat(), (records, n) => {
        const at = pickOf(records, 'serve', n);
        fc.pre(at !== undefined);
        const serve = records[at ?? 0];
        const rest = records.filter(
          (r) => !(r.kind === 'call' && r.operation === serve?.operation && r.key === serve.key),
        );
        expect(judgeRoot(rest, context).problems).toContain(
          `${serve?.operation} was served, but nobody has called it`,
        );
        const hosts = HOSTS.map((each, i) => ({ ...each, died: i === 0 }));
        expect(judgeRoot(rest, { ...context, hosts }).problems).toEqual([]);
      }),
    );
  });

  it('shows it when a host serves what the layout does not give it', () => {
    fc.assert(
      fc.property(anyOrder, fc.nat(), (records, n) => {
        const at = pickOf(records, 'serve', n);
        fc.pre(at !== undefined);
        const moved = records.map((record, i) => {
          return i === at
            ? { ...record, file: 2, instance: 'cart-0', operation: 'payment.charge', epoch: record.epoch }
            : record;
        });
        expect(judgeRoot(moved, context).problems.join()).toContain(
          'payment.charge was served by cart-0, which epoch',
        );
      }),
    );
  });
});

describe('the warm-up of a host', () => {
  it('may be broken off', () => {
    const [, admit, serve] = recordsOf(1, [
      { operation: 'cart.getCart', key: 1, from: 0, to: 0, fate: 'answered' },
    ]);
    const records = [admit, serve].filter((record) => record !== undefined);
    expect(judgeRoot(records, context).problems).toHaveLength(1);
    const warm = records.map((record) => ({ ...record, warmUp: record.kind === 'admit' }));
    expect(judgeRoot(warm, context).problems).toEqual([]);
  });
});

describe('a root under a strange epoch', () => {
  it('is shown when the layout was never proposed', () => {
    const [, admit, serve] = recordsOf(1, [
      { operation: 'cart.getCart', key: 1, from: 0, to: 0, fate: 'answered' },
    ]);
    const records = [admit, serve]
      .filter((record) => record !== undefined)
      .map((record) => ({ ...record, epoch: 9 }));
    expect(judgeRoot(records, context).problems.join()).toContain('epoch 9, which was never proposed');
  });
});
