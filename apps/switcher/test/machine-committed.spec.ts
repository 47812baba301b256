import { bucketOf, type Tally } from '@atlas/control-layout';
import { describe, expect, it } from 'vitest';
import { advance } from '../src/machine/advance.ts';
import { workless } from '../src/machine/needs.ts';
import { isClosed, outcomeOf, remembered, type Observation } from '../src/machine/index.ts';
import type { Stage } from '../src/machine/state.ts';
import { CART, host, layout, other, seen, switching } from './observations.ts';
import {
  PLANNED,
  PREPARING,
  COMMITTING,
  ABORTING,
  ROUTING,
  TRIED,
  DRAINING,
  RETIRING,
  ENDED,
  inForce,
  step,
  phaseAfter,
} from './stages.ts';

describe('routed-wait', () => {
  it('waits until every live edge has closed the old epoch', () => {
    expect(phaseAfter(ROUTING, inForce({ hosts: [host('shop-0')] }))).toBe('routed-wait');
    expect(
      phaseAfter(ROUTING, inForce({ hosts: [host('shop-0', { lease: { closedThrough: null } })] })),
    ).toBe('routed-wait');
    expect(phaseAfter(ROUTING, inForce({ trusted: false }))).toBe('routed-wait');
    const { stage, times } = step(ROUTING, inForce());
    expect(stage).toEqual(TRIED);
    expect(times.routedMs).toBe(1_000);
  });

  it('gives the trial as long as the shop says', () => {
    const { stage } = step(ROUTING, inForce({ trialMostMs: 3_000 }));
    expect(stage).toEqual({ ...TRIED, deadlineAt: 13_000 });
  });

  it('does not wait for a silent edge, for it admits nothing before it has looked', () => {
    const hosts = [...inForce().hosts, host('shop-1', { lease: { live: false } })];
    expect(phaseAfter(ROUTING, inForce({ hosts }))).toBe('trial');
  });

  it('has nothing to wait for after a bootstrap', () => {
    expect(phaseAfter(ROUTING, inForce({ hosts: [host('shop-0')] }), { from: null })).toBe('draining');
  });
});

describe('trial', () => {
  /** Every call takes a second now, and took two milliseconds before. */
  const slow = (share: number): Tally => ({
    ...{ epoch: 2, sinceMs: 5_000 * share, strain: { machine: 0.3, loop: 0.2 } },
    operations: {
      'cart.read': {
        ...{ toppable: true, pending: {} },
        before: { calls: 400, errors: 0, late: 0, durations: { [bucketOf(2)]: 400 } },
        now: { calls: 200 * share, errors: 0, late: 0, durations: { [bucketOf(1_000)]: 200 * share } },
      },
    },
  });
  const seenSlow = inForce({
    tallies: [{ instance: 'shop-0', nonce: 'a', tally: slow(1) }],
    earlier: [0.2, 0.4, 0.6, 0.8].reduce<Observation['earlier']>(
      (looks, share) => remembered(looks, [slow(share)]),
      [],
    ),
  });

  it('is failed by slow calls, but not when the switch answers an emergency', () => {
    const breachUnder = (source: 'brain' | 'emergency') => {
      const { stage } = step(TRIED, seenSlow, { source });
      return stage.phase === 'trial' ? stage.breach?.cause : stage.phase;
    };
    expect(breachUnder('brain')).toBe('latency');
    expect(breachUnder('emergency')).not.toBe('latency');
  });

  it('once failed, asks for the revert unless that would be given up at once', () => {
    const breach = {
      ...{ operation: 'cart.read', cause: 'errors', calls: 9, seen: 9, expected: 0 },
      ...{ pValue: 0, thresholdMs: null },
    } as const;
    const failed = { ...TRIED, breach } as Stage;
    const asks = (changes: Partial<Observation> = {}, of = {}) =>
      step(failed, inForce(changes), of).effects.map(({ kind }) => kind);
    expect(asks()).toEqual(['revert']);
    expect(asks({ open: [other(PLANNED, { source: 'operator' })] })).toEqual(['revert']);
    expect(asks({ open: [other(PLANNED, { source: 'emergency' })] })).toEqual([]);
    const obstacle = { code: 'host_missing', detail: 'run' } as const;
    expect(asks({ obstacle })).toEqual(['revert']);
    expect(asks({ obstacle, hosts: [host('cart-0')] })).toEqual([]);
    expect(asks({ hosts: [host('shop-0'), host('cart-0', { lease: { build: 'b2' } })] })).toEqual([]);
    expect(asks({}, { from: null })).toEqual([]);
  });
});

describe('draining', () => {
  const closed = { closedThrough: 1 };
  it.each<[string, Partial<Observation>]>([
    ['a root of the old epoch runs', { hosts: [host('shop-0', { lease: { ...closed, roots: { 1: 1 } } })] }],
    ['an edge has not closed it', { hosts: [host('shop-0')] }],
    [
      'a silent edge may still run some',
      { hosts: [host('shop-0', { lease: { live: false, closedThrough: 0 } })] },
    ],
    [
      'an edge that was fenced still lives',
      { hosts: [host('shop-0', { lease: closed }), host('shop-1', { lease: null, fenced: true })] },
    ],
    ['leases cannot be judged', { trusted: false }],
  ])('goes on while %s', (_why, changes) => {
    expect(phaseAfter(DRAINING, inForce(changes))).toBe('draining');
  });

  it('is over when only roots of other epochs run, and silent edges are proven dead', () => {
    const hosts = [
      host('shop-0', { lease: { ...closed, roots: { 2: 5 } } }),
      host('shop-1', { process: 'gone', lease: { live: false, roots: { 1: 3 } } }),
      host('shop-2', { lease: null }),
    ];
    const { stage, times } = step(DRAINING, inForce({ hosts }));
    expect(stage).toEqual(RETIRING);
    expect(times.drainMs).toBe(500);
  });
});

describe('retiring', () => {
  it('takes the old epoch off the live ones first', () => {
    expect(step(RETIRING, inForce()).effects).toEqual([{ kind: 'mark-drained', epoch: 1 }]);
  });

  const done = { live: [layout(2, CART)] };
  it('stops what nobody needs, highest ordinal first, and waits until it is gone', () => {
    const hosts = ['shop-0', 'shop-1', 'shop-2', 'cart-0'].map((name) => host(name));
    const { effects, stage } = step(RETIRING, inForce({ ...done, hosts }));
    expect(effects).toEqual([
      { kind: 'stop', instance: 'shop-2', nonce: 'shop-2' },
      { kind: 'stop', instance: 'shop-1', nonce: 'shop-1' },
    ]);
    expect(stage).toEqual(RETIRING);
    const going = [host('shop-0'), host('cart-0'), host('shop-1', { stopping: true })];
    expect(step(RETIRING, inForce({ ...done, hosts: going }))).toMatchObject({
      stage: RETIRING,
      effects: [],
    });
    const leaving = [host('shop-0'), host('cart-0'), host('shop-1', { lease: { health: 'leaving' } })];
    expect(phaseAfter(RETIRING, inForce({ ...done, hosts: leaving }))).toBe('retiring');
  });

  it('leaves alone what is kept, what it does not drive, and what another switch prepares for', () => {
    const hosts = [
      host('shop-0'),
      host('cart-0'),
      host('payment-0', { kept: true }),
      host('catalog-0', { driven: false, stopping: true }),
      host('cart-1'),
    ];
    const to = { ...CART, instances: { bundle: 1, cart: 2 } };
    const open = [other(PREPARING, { to })];
    const now = inForce({ ...done, hosts, open, prepared: layout(3, to) });
    expect(step(RETIRING, now).stage).toMatchObject({ phase: 'ended', ending: { outcome: 'committed' } });
    expect(step(RETIRING, inForce({ ...done, hosts })).effects).toMatchObject([{ instance: 'cart-1' }]);
  });

  it('stops nothing while leases cannot be judged', () => {
    const hosts = [host('shop-0'), host('cart-0'), host('payment-0')];
    expect(step(RETIRING, inForce({ ...done, hosts, trusted: false }))).toMatchObject({
      stage: RETIRING,
      effects: [],
    });
  });

  it('keeps the ready one of two, whatever its ordinal', () => {
    const hosts = [host('cart-0', { lease: { health: 'starting' } }), host('cart-1')];
    expect(workless({ cart: 1 }, hosts).map(({ instance }) => instance)).toEqual(['cart-0']);
  });
});

describe('ended', () => {
  it('is final', () => {
    const state = switching(ENDED);
    expect(advance(state, seen())).toEqual({ state, effects: [] });
  });
});

describe('the outcome', () => {
  it('is known from the commit on, or when nothing will be committed', () => {
    const outcome = (stage: Stage) => outcomeOf(switching(stage));
    expect([PLANNED, PREPARING, COMMITTING, ABORTING].map(outcome)).toEqual([null, null, null, null]);
    expect([ROUTING, TRIED, DRAINING, RETIRING, ENDED].map(outcome)).toEqual(Array(5).fill('committed'));
  });

  it('is final once it is written down', () => {
    const note = { key: 'k', at: 1, event: 'ended', detail: {} } as const;
    expect(isClosed(switching(ENDED))).toBe(true);
    expect(isClosed(switching(ENDED, { notes: [note] }))).toBe(false);
    expect(isClosed(switching(RETIRING))).toBe(false);
  });
});
