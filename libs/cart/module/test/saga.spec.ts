import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advance,
  isOver,
  START,
  stepKey,
  stepOf,
  transitions,
  type Saga,
  type SagaEvent,
} from '../src/domain/saga.ts';
import { BANK_MOODS, happen, newWorld, recover, type Happening, type World } from './saga-model.ts';

const run = (events: readonly SagaEvent[]): Saga | undefined =>
  events.reduce<Saga | undefined>((saga, event) => saga && advance(saga, event), START);

describe('the checkout saga', () => {
  it.each<[string, readonly SagaEvent[], Saga]>([
    ['pays', [{ type: 'reserved' }, { type: 'captured' }], { at: 'paid' }],
    [
      'is cancelled by a declined card, after the stock is back',
      [{ type: 'reserved' }, { type: 'declined', code: 'x' }, { type: 'released' }],
      { at: 'cancelled', reason: { kind: 'declined', code: 'x' } },
    ],
    [
      'is cancelled by missing stock, leaving a tombstone for late reservations',
      [{ type: 'out_of_stock', productId: 'lamp' }, { type: 'released' }],
      { at: 'cancelled', reason: { kind: 'out_of_stock', productId: 'lamp' } },
    ],
    [
      'voids before it releases when it is given up',
      [{ type: 'reserved' }, { type: 'patience_over' }, { type: 'voided' }, { type: 'released' }],
      { at: 'cancelled', reason: { kind: 'given_up' } },
    ],
    [
      'is given up without asking the bank when nobody has asked it',
      [{ type: 'patience_over' }, { type: 'released' }],
      { at: 'cancelled', reason: { kind: 'given_up' } },
    ],
  ])('%s', (_name, events, end) => {
    expect(run(events)).toEqual(end);
  });

  it('never releases stock while money may be on its way', () => {
    expect(advance({ at: 'charging' }, { type: 'patience_over' })).toEqual({ at: 'voiding' });
    expect(advance({ at: 'voiding' }, { type: 'captured' })).toBeUndefined();
    expect(advance({ at: 'voiding' }, { type: 'released' })).toBeUndefined();
  });

  it('leaves its ends by no event, and refuses what a state does not expect', () => {
    expect(advance({ at: 'paid' }, { type: 'voided' })).toBeUndefined();
    expect(advance({ at: 'reserving' }, { type: 'captured' })).toBeUndefined();
    expect(transitions()).toHaveLength(11);
  });

  it('asks with keys that follow from the order alone', () => {
    expect(['reserve', 'charge', 'void', 'release'].map((step) => stepKey('o', step as 'charge'))).toEqual([
      'o:reserve',
      'o:charge',
      'o:cancel',
      'o:release',
    ]);
    expect(stepOf({ at: 'paid' })).toBeUndefined();
  });
});

const driver = fc.nat(5);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant('asks' as const), driver, lost: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ what: fc.constant('writes' as const), driver }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('crashes' as const), driver }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constantFrom('driver_comes', 'driver_comes', 'late_capture', 'patience_ends', 'stock_arrives'),
    }),
  },
);

/** What must hold at every moment. */
function checkAlways(world: World): void {
  expect(world.captures).toBeLessThanOrEqual(1);
  expect(world.stock).toBeGreaterThanOrEqual(0);
  if (world.order.saga.at === 'paid') expect(world.bank).toBe('captured');
}

function checkEnd(world: World, allStock: number): void {
  expect(isOver(world.order.saga)).toBe(true);
  const paid = world.order.saga.at === 'paid';
  expect(world.bank === 'captured').toBe(paid);
  expect(world.reservation).toBe(paid ? 'reserved' : 'released');
  expect(world.stock).toBe(allStock - (paid ? 1 : 0));
}

describe('the checkout saga among crashes, slow drivers and a moody bank', () => {
  it('never charges twice, never loses an order and keeps the stock right', () => {
    const history = fc.array(happening, { maxLength: 60 });
    fc.assert(
      fc.property(
        fc.constantFrom(...BANK_MOODS),
        fc.nat(2),
        history,
        history,
        (mood, stock, before, after) => {
          const world = newWorld(mood, stock);
          const arrived = (list: readonly Happening[]) =>
            list.filter(({ what }) => what === 'stock_arrives').length;
          happen(world, { what: 'driver_comes' });
          for (const next of before) {
            happen(world, next);
            checkAlways(world);
          }
          recover(world);
          checkEnd(world, stock + arrived(before));
          // Drivers that were slow all the time wake up after the end: nothing they do may change it.
          for (const next of after) {
            happen(world, next);
            checkAlways(world);
          }
          checkEnd(world, stock + arrived(before) + arrived(after));
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
