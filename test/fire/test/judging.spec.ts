import type { LeaseRow, StoreState } from '@atlas/control-store';
import { describe, expect, test } from 'vitest';
import { isBack, isGone, outcomeOf, shapesAfter } from '../src/cell-run.ts';
import { cellsOf } from '../src/cells.ts';
import { unsettled } from '../src/field.ts';
import { playerOf } from '../src/roles.ts';
import { Disagreement, dissenters, type Look } from '../src/watch.ts';

const lease = (instance: string, more: Partial<LeaseRow> = {}): LeaseRow => ({
  ...{ instance, nonce: `${instance}-nonce`, modules: [], rpc: '', metricsUrl: null, pid: 1, build: '' },
  ...{ contractHash: '', acked: [7], closedThrough: 6, roots: {}, rssMb: 1, memoryLimitMb: 1, renewedAt: 0 },
  ...{ kind: 'bundle', health: 'ready', live: true },
  ...more,
});

const state = (leases: readonly LeaseRow[], more: Partial<StoreState> = {}): StoreState => ({
  ...{
    storeNow: 0,
    news: 0,
    committed: 7,
    prepared: null,
    preparedLayout: null,
    liveEpochs: [7],
    exits: [],
    refused: [],
    leaderToken: 1,
    hosts: [],
    leases,
    trial: null,
  },
  ...more,
});

const look = (
  leases: readonly LeaseRow[],
  lead: Partial<Look['lead']> = {},
  more: Partial<StoreState> = {},
): Look => ({
  at: 0,
  state: state(leases, more),
  lead: { holder: 'a', token: 3, held: true, open: 0, unended: 0, ...lead },
});

describe('agreement', () => {
  test('is holding the layout in force, and for a bundle admitting under it', () => {
    const late = lease('shop-1', { acked: [6, 7], closedThrough: 5 });
    const ignorant = lease('cart-0', { kind: 'service', acked: [6], closedThrough: null });
    const fine = lease('payment-0', { kind: 'service', closedThrough: null });
    expect(dissenters(state([lease('shop-0'), late, ignorant, fine]))).toEqual(['shop-1', 'cart-0']);
  });

  test('needs neither the silent nor those that are not ready', () => {
    const others = [
      lease('shop-1', { acked: [], live: false }),
      lease('cart-0', { acked: [], health: 'starting' }),
    ];
    expect(dissenters(state(others))).toEqual([]);
  });

  test('counts from its beginning, or from the end of the fault if that is later', () => {
    const watched = new Disagreement();
    watched.saw(false, 1_000);
    watched.saw(false, 9_000);
    expect(watched.worstMs).toBe(0);
    watched.faultEnded(9_000);
    watched.saw(false, 9_100);
    watched.saw(true, 9_300);
    expect(watched.worstMs).toBe(300);
    watched.saw(false, 12_000);
    watched.saw(true, 12_050);
    expect(watched.worstMs).toBe(300);
  });
});

describe('order after a fault', () => {
  test('is a leader, no switch, and every host of the shape in agreement', () => {
    expect(unsettled(look([lease('shop-0')]), 'tight')).toEqual([]);
    expect(unsettled(look([lease('shop-0')], { held: false }), 'tight')).toEqual(['nobody leads']);
    expect(unsettled(look([lease('shop-0')], { open: 1 }), 'tight')).toEqual(['a switch is under way']);
    expect(unsettled(look([lease('shop-0')], {}, { prepared: 8 }), 'tight')).toEqual([
      'a layout is prepared',
    ]);
    expect(unsettled(look([lease('shop-0')]), 'tight2')).toEqual(['shop is not ready']);
    expect(unsettled(look([]), undefined)).toEqual(['the layout is unknown']);
  });

  test('is not there while a root of an earlier epoch runs', () => {
    const busy = lease('shop-0', { roots: { 6: 1, 7: 4 } });
    expect(unsettled(look([busy]), 'tight')).toEqual(['shop-0 has roots of epoch 6']);
  });

  test('a killed one is gone when its nonce is, whatever took its name', () => {
    const before = { lease: lease('shop-0'), token: 3 };
    expect(isGone(look([lease('shop-0')]), 'shop-0', before)).toBe(false);
    expect(isGone(look([lease('shop-0', { nonce: 'next' })]), 'shop-0', before)).toBe(true);
    expect(isGone(look([]), 'switcher', before)).toBe(false);
    expect(isGone(look([], { token: 4 }), 'switcher', before)).toBe(true);
  });

  test('a thawed one is back when its lease counts again and agrees', () => {
    const before = { lease: lease('shop-0'), token: 3 };
    expect(isBack(look([lease('shop-0', { live: false })]), 'shop-0', before)).toBe(false);
    expect(isBack(look([lease('shop-0', { acked: [6] })]), 'shop-0', before)).toBe(false);
    expect(isBack(look([lease('shop-0')]), 'shop-0', before)).toBe(true);
    expect(isBack(look([]), 'shop-0', before)).toBe(true);
  });
});

test('a part is played by the first that stays, or by the name that comes next', () => {
  const seen = (instance: string, health: 'ready' | 'leaving' = 'ready') => ({
    instance,
    health,
    live: true,
  });
  expect(playerOf('switcher', [])).toBe('switcher');
  expect(playerOf('cart-0', [])).toBe('cart-0');
  expect(playerOf('cart-0', [seen('cart-0', 'leaving')])).toBe('cart-1');
  expect(playerOf('cart-0', [seen('cart-0', 'leaving'), seen('cart-1')])).toBe('cart-1');
  expect(playerOf('shop-1', [seen('shop-0')])).toBe('shop-1');
  expect(playerOf('shop-1', [seen('shop-2'), seen('shop-0')])).toBe('shop-2');
});

test('a cell has failed when anything was strange, also where its fault never came', () => {
  expect([outcomeOf(true, 0), outcomeOf(false, 0)]).toEqual(['pass', 'not_reached']);
  expect([outcomeOf(true, 1), outcomeOf(false, 1)]).toEqual(['fail', 'fail']);
});

test('old or new shape may be in force after a cell, and only the old one when its fault struck at a revert', () => {
  const cell = cellsOf(1).find(({ cause }) => cause === 'revert')!;
  const { from, to } = cell.transition;
  expect(shapesAfter(cell, true)).toEqual([from]);
  expect(shapesAfter(cell, false)).toEqual([from, to]);
  expect(shapesAfter({ ...cell, cause: 'trial' }, true)).toEqual([from, to]);
});
