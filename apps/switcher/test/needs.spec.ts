import { describe, expect, it } from 'vitest';
import { needsOf, startableAt, vacancies, workless } from '../src/machine/needs.ts';
import { isStuck, tend, type Observation } from '../src/machine/index.ts';
import { walk } from '../src/engine/walk.ts';
import { CART, host, layout, other, seen, switching, TIGHT } from './observations.ts';
import { PLANNED, PREPARING, COMMITTING, ABORTING, DRAINING, RETIRING, step } from './stages.ts';

describe('hosts', () => {
  it('are needed once for the bundle and once for each service, unless the layout says more', () => {
    expect(needsOf({ ...CART, instances: {} }, 'shop')).toEqual({ shop: 1, cart: 1 });
    expect(needsOf({ ...CART, instances: { bundle: 2, cart: 3 } }, 'shop')).toEqual({ shop: 2, cart: 3 });
  });

  it('get the lowest ordinals that no process has', () => {
    const hosts = [host('cart-0', { stopping: true }), host('cart-2'), host('cart-1', { process: 'gone' })];
    expect(vacancies({ cart: 3 }, hosts).map(({ instance }) => instance)).toEqual(['cart-1', 'cart-3']);
  });

  it('are started again at once after the first crash, later after more, never later than 10 s', () => {
    const crash = (at: number, cause: 'exit' | 'retired' = 'exit') => ({
      instance: 'cart-0',
      nonce: `${at}`,
      cause,
      at,
    });
    const after = (...exits: ReturnType<typeof crash>[]) => startableAt('cart', { now: 100_000, exits });
    expect(after()).toBe(0);
    expect(after(crash(99_000))).toBe(0);
    expect(after(crash(99_000), crash(99_500))).toBe(99_750);
    expect(after(crash(1), crash(99_500))).toBe(0);
    expect(after(crash(99_000, 'retired'), crash(99_500))).toBe(0);
    expect(after(...Array.from({ length: 12 }, (_, i) => crash(99_000 + i)))).toBe(109_011);
  });

  it('are started again from the very moment on that their back-off ends, spares too', () => {
    const exits = (instance: string): Observation['exits'] =>
      [9_000, 9_750].map((at) => ({ instance, nonce: `${at}`, cause: 'exit', at }));
    const starts = (now: number, changes: Partial<Observation>) => tend(seen({ now, ...changes })).length;
    const cart = { live: [layout(1, CART)], exits: exits('cart-0') };
    expect([9_999, 10_000].map((now) => starts(now, cart))).toEqual([0, 1]);
    const spare = { spares: { app: 'spare', count: 1 }, exits: exits('spare-0') };
    expect([9_999, 10_000].map((now) => starts(now, spare))).toEqual([0, 1]);
  });

  it('that live layouts name are started again, unless leases cannot be judged', () => {
    const now = seen({
      live: [layout(1, CART)],
      hosts: [host('shop-0'), host('cart-0', { process: 'gone' })],
    });
    expect(tend(now)).toEqual([{ kind: 'start', app: 'cart', instance: 'cart-0' }]);
    expect(tend({ ...now, trusted: false })).toEqual([]);
  });

  const KILL = { kind: 'kill', instance: 'cart-0', nonce: 'cart-0' };
  const hanging = (changes: Parameters<typeof host>[1] = {}, seenChanges: Partial<Observation> = {}) =>
    tend(
      seen({
        now: 100_000,
        live: [layout(1, CART)],
        hosts: [host('shop-0'), host('cart-0', { createdAt: 70_000, lease: null, ...changes })],
        ...seenChanges,
      }),
    );

  it.each<[string, Parameters<typeof host>[1]]>([
    ['have never leased', {}],
    ['have leased and are not ready', { lease: { health: 'starting' } }],
    ['fell silent before they were ready', { lease: { health: 'starting', live: false } }],
  ])(
    'that %s 30 s after their record hang and are killed, and make no room before they are gone',
    (_, of) => {
      expect(hanging(of)).toEqual([KILL]);
    },
  );

  it('that were fenced by a leader who did not live to kill them are killed at once, and replaced', () => {
    const fenced = { createdAt: 99_999, fenced: true };
    expect(hanging(fenced)).toEqual([KILL, { kind: 'start', app: 'cart', instance: 'cart-1' }]);
    expect(hanging({ ...fenced, process: 'gone' })).toEqual([
      { kind: 'start', app: 'cart', instance: 'cart-0' },
    ]);
  });

  it('that are of a time to come, since the clock was set back, hang 30 s after the last contact began', () => {
    expect(hanging({ createdAt: 3_700_000 }, { contactSince: 70_000 })).toEqual([KILL]);
    expect(hanging({ createdAt: 3_700_000 }, { contactSince: 70_001 })).not.toContainEqual(KILL);
  });

  it.each<[string, Parameters<typeof host>[1], Partial<Observation>?]>([
    ['are younger', { createdAt: 70_001 }],
    ['are ready', { lease: {} }],
    ['are leaving', { lease: { health: 'leaving' } }],
    ['were told to stop and have given their lease back', { stopping: true }],
    ['were told to stop and are stuck', { stopping: true, stuck: true, lease: { live: false } }],
    ['were ready and fell silent', { lease: { live: false } }],
    ['are gone', { process: 'gone' }],
    ['are driven by nobody here', { createdAt: null, driven: false }],
    ['could not reach the store for a while', {}, { contactSince: 70_001 }],
    ['cannot be judged', {}, { trusted: false }],
    [
      'start while many are silent',
      {},
      { hosts: ['shop-0', 'shop-1'].map((name) => host(name, { createdAt: 1, lease: { live: false } })) },
    ],
  ])('that %s are not taken for hung', (_, of, changes) => {
    expect(hanging(of, changes).filter(({ kind }) => kind === 'kill')).toEqual([]);
  });

  it('that are stuck are killed and replaced; of bundles the last one only once another is ready', () => {
    const stuck = { stuck: true, lease: { live: false } };
    const kill = (name: string) => ({ kind: 'kill', instance: name, nonce: name });
    const start = (app: string, ordinal: number) => ({ kind: 'start', app, instance: `${app}-${ordinal}` });
    const bundles = (...hosts: ReturnType<typeof host>[]) => tend(seen({ hosts }));
    expect(hanging(stuck)).toEqual([kill('cart-0'), start('cart', 1)]);
    expect(bundles(host('shop-0', stuck))).toEqual([start('shop', 1)]);
    expect(bundles(host('shop-0', stuck), host('shop-1', { lease: { health: 'starting' } }))).toEqual([]);
    expect(bundles(host('shop-0', stuck), host('shop-1'))).toEqual([kill('shop-0')]);
    const reserve = { reserve: true, lease: { health: 'reserve' } } as const;
    expect(bundles(host('shop-0', stuck), host('shop-1', reserve))).toEqual([
      { kind: 'open', instance: 'shop-1', nonce: 'shop-1' },
    ]);
  });

  it('are stuck 30 s after they last renewed their lease, counted while the store was in contact', () => {
    const of = host('shop-0', { lease: { live: false, renewedAt: 20_000 } }).lease;
    expect(isStuck(of, { now: 50_000, contactSince: 20_000 })).toBe(true);
    expect(isStuck(of, { now: 49_999, contactSince: 0 })).toBe(false);
    expect(isStuck(of, { now: 50_000, contactSince: 20_001 })).toBe(false);
    expect(isStuck(of && { ...of, live: true }, { now: 90_000, contactSince: 0 })).toBe(false);
    expect(isStuck(null, { now: 90_000, contactSince: 0 })).toBe(false);
  });

  it('of the bundle are started though others load when nobody serves, those in reserve are not', () => {
    const loading = host('cart-0', { lease: null });
    const prewarm = { target: { ...CART, instances: { bundle: 2, cart: 1 } }, until: 1e9 };
    const now = (shop: ReturnType<typeof host>, changes: Partial<Observation> = {}): Observation =>
      seen({ coldStartsAtOnce: 1, prewarm, hosts: [shop, loading], ...changes });
    const starts = (of: Observation) => tend(of).filter(({ kind }) => kind === 'start');
    const start = { kind: 'start', app: 'shop', instance: 'shop-0' };
    expect(starts(now(host('shop-0', { process: 'gone' })))).toEqual([start]);
    expect(starts(now(host('shop-0')))).toEqual([]);
    const live = [layout(1, { ...TIGHT, instances: { bundle: 2 } })];
    expect(starts(now(host('shop-0'), { live }))).toEqual([]);
  });

  it('of the bundle are started one at a time though nobody serves: they would take each other their cores', () => {
    const live = [layout(1, { ...TIGHT, instances: { bundle: 3 } })];
    const starts = (hosts: Observation['hosts'], coldStartsAtOnce = 1) =>
      tend(seen({ coldStartsAtOnce, live, hosts })).filter(({ kind }) => kind === 'start');
    expect(starts([])).toMatchObject([{ instance: 'shop-0' }]);
    expect(starts([], 2)).toMatchObject([{ instance: 'shop-0' }, { instance: 'shop-1' }]);
    expect(starts([host('shop-0', { lease: null })])).toEqual([]);
  });

  it('are not started while something stands in the way', () => {
    expect(hanging({ process: 'gone' })).toHaveLength(1);
    expect(
      hanging({ process: 'gone' }, { obstacle: { code: 'build_mismatch', detail: 'another build' } }),
    ).toEqual([]);
  });

  it('that leave untold are told, so that their end is watched, also while a switch is open', () => {
    const stop = { kind: 'stop', instance: 'cart-0', nonce: 'cart-0' };
    const leaving = (changes: Parameters<typeof host>[1] = {}) =>
      tend(
        seen({
          hosts: [host('shop-0'), host('cart-0', { lease: { health: 'leaving' }, ...changes })],
          open: [other(DRAINING)],
        }),
      );
    expect(leaving()).toEqual([stop]);
    expect(leaving({ stopping: true })).toEqual([]);
    expect(leaving({ driven: false })).toEqual([]);
  });

  it('beyond what is needed are those that are driven here, of which the others do the work', () => {
    const hosts = [host('cart-0', { driven: false }), host('cart-1', { driven: false }), host('cart-2')];
    expect(workless({ cart: 1 }, hosts).map(({ instance }) => instance)).toEqual(['cart-2']);
    expect(workless({ cart: 0 }, hosts).map(({ instance }) => instance)).toEqual(['cart-2']);
  });

  it('of which only a record is known go before those that live', () => {
    const ghost = host('cart-0', { nonce: 'ghost', spawned: false, lease: null });
    const starting = host('cart-0', { nonce: 'real', lease: { health: 'starting' } });
    const unleased = host('cart-0', { nonce: 'real', lease: null });
    for (const real of [starting, unleased])
      expect(workless({ cart: 1 }, [ghost, real]).map(({ nonce }) => nonce)).toEqual(['ghost']);
  });

  it('of the bundle that accept are kept before those in reserve, also while the store does not hear of them (E5): then one in reserve accepts, too', () => {
    const silent = host('shop-0', { lease: { live: false } });
    const reserve = host('shop-1', { reserve: true, lease: { health: 'reserve' } });
    const open = { kind: 'open', instance: 'shop-1', nonce: 'shop-1' };
    expect(tend(seen({ hosts: [silent, { ...reserve, kept: true }] }))).toEqual([open]);
    expect(tend(seen({ hosts: [silent, reserve] }))).toEqual([open]);
    expect(tend(seen({ hosts: [host('shop-0'), reserve] }))).toEqual([
      { kind: 'stop', instance: 'shop-1', nonce: 'shop-1' },
    ]);
    const ghost = host('shop-0', { spawned: false, lease: null });
    expect(workless({ shop: 1 }, [ghost, reserve])).toEqual([ghost]);
  });

  it('that nobody needs are stopped when no switch is open, and kept while one waits for them', () => {
    const now = seen({ hosts: [host('shop-0'), host('cart-0')] });
    expect(tend(now)).toEqual([{ kind: 'stop', instance: 'cart-0', nonce: 'cart-0' }]);
    expect(tend({ ...now, open: [other(DRAINING)] })).toEqual([]);
    const retiring = { ...now, open: [other(PLANNED)] };
    expect(step(RETIRING, retiring, { from: layout(9) }).effects).toEqual([]);
  });
});

describe('a layout that is left prepared', () => {
  const leftover = layout(2, CART);
  it('is withdrawn when no switch is between plan and commit', () => {
    const withdraw = { kind: 'withdraw', epoch: 2 };
    expect(tend(seen({ prepared: leftover }))).toEqual([withdraw]);
    expect(tend(seen({ prepared: leftover, open: [other(DRAINING)] }))).toContainEqual(withdraw);
    const elsewhere = other(PLANNED, { to: TIGHT });
    expect(tend(seen({ prepared: leftover, open: [elsewhere] }))).toContainEqual(withdraw);
  });

  it('is left alone when a planned switch to the same layout takes it up, on the same look', () => {
    const now = seen({ prepared: leftover, open: [other(PLANNED)], hosts: [host('shop-0'), host('cart-0')] });
    expect(tend(now)).toEqual([]);
    expect(walk(switching(PLANNED, { id: 'sw-2' }), now).state.stage).toMatchObject({
      phase: 'committing',
      epoch: 2,
    });
  });

  it('is left alone while one is', () => {
    for (const stage of [PREPARING, COMMITTING, ABORTING])
      expect(tend(seen({ prepared: leftover, open: [other(stage)] }))).toEqual([]);
  });
});
