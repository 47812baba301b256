import { describe, expect, it } from 'vitest';
import { advance, TABLE } from '../src/machine/advance.ts';
import { needsOf, startableAt, surplus, vacancies } from '../src/machine/needs.ts';
import { isClosed, outcomeOf, tend, type Observation, type SwitchState } from '../src/machine/index.ts';
import type { Ending, Stage } from '../src/machine/state.ts';
import { flawsOf, validateTable, type Table } from '../src/machine/table.ts';
import { CART, host, layout, other, seen, switching, TIGHT } from './observations.ts';

const PLANNED: Stage = { phase: 'planned' };
const PREPARING: Stage = { phase: 'preparing', epoch: 2, deadlineAt: 40_000 };
const UNPROPOSED: Stage = { phase: 'preparing', epoch: null, deadlineAt: 40_000 };
const COMMITTING: Stage = { phase: 'committing', epoch: 2, deadlineAt: 40_000 };
const REASON = { code: 'operator', detail: 'no' } as const;
const ABORTING: Stage = { phase: 'aborting', epoch: 2, reason: REASON };
const ROUTING: Stage = { phase: 'routed-wait', epoch: 2, committedAt: 9_500 };
const TRIED: Stage = { phase: 'trial', epoch: 2, committedAt: 9_500, deadlineAt: 70_000, breach: null };
const PASSED: Ending = { outcome: 'committed', trial: 'passed' };
const DRAINING: Stage = { phase: 'draining', epoch: 2, committedAt: 9_500, ending: PASSED };
const RETIRING: Stage = { phase: 'retiring', epoch: 2, committedAt: 9_500, ending: PASSED };
const ENDED: Stage = {
  phase: 'ended',
  epoch: 2,
  committedAt: 9_500,
  ending: PASSED,
  endedAt: 9_900,
};

/** Everyone holds epoch 2, and cart is warm. */
const prepared = (changes: Partial<Observation> = {}): Observation =>
  seen({ prepared: layout(2, CART), hosts: [host('shop-0'), host('cart-0')], ...changes });
/** Epoch 2 is in force, epoch 1 still live. */
const inForce = (changes: Partial<Observation> = {}): Observation =>
  seen({
    committed: layout(2, CART),
    live: [layout(1), layout(2, CART)],
    hosts: [host('shop-0', { lease: { closedThrough: 1 } }), host('cart-0')],
    ...changes,
  });

function step(stage: Stage, now: Observation, changes: Partial<SwitchState> = {}) {
  const { state, effects } = advance(switching(stage, changes), now);
  return { stage: state.stage, times: state.times, notes: state.notes, effects };
}
const phaseAfter = (...args: Parameters<typeof step>) => step(...args).stage.phase;

describe('planned', () => {
  it('begins to prepare when it is its turn, with a deadline of 30 s, against the layout then in force', () => {
    const now = seen({ committed: layout(7), live: [layout(7)] });
    const { state } = advance(switching(PLANNED), now);
    expect(state.stage).toEqual({ phase: 'preparing', epoch: null, deadlineAt: 40_000 });
    expect(state.from).toEqual(layout(7));
  });

  it.each<[string, Partial<Observation>]>([
    ['four epochs are live', { live: [1, 2, 3, 4].map((epoch) => layout(epoch)) }],
    ['another is being prepared', { open: [other(PREPARING)] }],
    ['another is being withdrawn', { open: [other(ABORTING)] }],
    ['an equal one was decided earlier', { open: [other(PLANNED, { decidedAt: 1 })] }],
    [
      'an equal one was decided in the same moment and comes first by name',
      { open: [other(PLANNED, { id: 'a' })] },
    ],
    ['leases cannot be judged yet', { trusted: false }],
    [
      'many hosts fell silent together',
      { hosts: ['shop-0', 'cart-0'].map((name) => host(name, { lease: { live: false } })) },
    ],
  ])('waits while %s', (_why, changes) => {
    expect(phaseAfter(PLANNED, seen(changes))).toBe('planned');
  });

  it.each<[string, Partial<Observation>]>([
    ['another drains', { open: [other(DRAINING)] }],
    ['a weaker one is planned', { open: [other(PLANNED, { source: 'brain' })] }],
    ['an equal one was decided later', { open: [other(PLANNED, { decidedAt: 9_001 })] }],
    ['it sees itself', { open: [other(PLANNED, { id: 'sw-1' })] }],
  ])('goes on though %s', (_why, changes) => {
    expect(phaseAfter(PLANNED, seen(changes))).toBe('preparing');
  });

  it('ends unchanged when its target has come into force meanwhile', () => {
    const { stage, notes } = step(PLANNED, seen({ committed: layout(3, CART) }));
    expect(stage).toMatchObject({ phase: 'ended', ending: { outcome: 'unchanged' }, endedAt: 10_000 });
    expect(notes).toMatchObject([{ key: 'sw-1:ended', event: 'ended' }]);
  });

  it('ends aborted when asked to, or when a stronger one waits', () => {
    const asked = step(PLANNED, seen({ abortRequests: [{ id: 'sw-1', detail: 'no' }] }));
    expect(asked.stage).toMatchObject({ phase: 'ended', ending: { outcome: 'aborted', reason: REASON } });
    const weaker = step(PLANNED, seen({ open: [other(PLANNED, { source: 'emergency' })] }));
    expect(weaker.stage).toMatchObject({ ending: { outcome: 'aborted', reason: { code: 'superseded' } } });
  });

  it('bootstraps when nothing is in force', () => {
    const { state } = advance(
      switching(PLANNED, { from: null, to: TIGHT }),
      seen({ committed: null, live: [] }),
    );
    expect(state).toMatchObject({ from: null, stage: { phase: 'preparing' } });
  });
});

describe('preparing', () => {
  it('proposes its target and starts the hosts that are missing', () => {
    expect(step(UNPROPOSED, seen()).effects).toEqual([
      { kind: 'propose', basedOn: 1, layout: CART },
      { kind: 'start', app: 'cart', instance: 'cart-0' },
    ]);
  });

  it('takes up a proposal whose answer was lost', () => {
    expect(step(UNPROPOSED, prepared()).stage).toEqual(PREPARING);
  });

  it('withdraws a prepared layout that is not its own', () => {
    expect(step(UNPROPOSED, prepared({ prepared: layout(2) })).effects).toEqual([
      { kind: 'withdraw', epoch: 2 },
    ]);
  });

  it.each<[string, Partial<Observation>]>([
    ['a host has not acked', { hosts: [host('shop-0', { lease: { acked: [1] } }), host('cart-0')] }],
    ['a host is not warm', { hosts: [host('shop-0'), host('cart-0', { lease: { health: 'starting' } })] }],
    ['a host is on its way out', { hosts: [host('shop-0'), host('cart-0', { stopping: true })] }],
    ['a host is leaving', { hosts: [host('shop-0'), host('cart-0', { lease: { health: 'leaving' } })] }],
    ['a host has no lease', { hosts: [host('shop-0'), host('cart-0', { lease: null })] }],
    ['leases cannot be judged', { trusted: false }],
  ])('does not commit while %s', (_why, changes) => {
    expect(step(PREPARING, prepared(changes)).stage).toEqual(PREPARING);
  });

  it('goes on when all have acked, and says how long that took since the decision', () => {
    const { stage, times } = step(PREPARING, prepared());
    expect(stage).toEqual(COMMITTING);
    expect(times.prepareMs).toBe(1_000);
  });

  it.each<[string, string, Partial<Observation>]>([
    ['prepare_timeout', 'cart is not ready', { hosts: [host('shop-0')], now: 40_000 }],
    [
      'prepare_timeout',
      'cart-0 has not acked',
      {
        now: 40_000,
        hosts: [host('shop-0'), host('cart-0', { lease: { acked: [] } })],
      },
    ],
    [
      'build_mismatch',
      'different builds',
      { hosts: [host('shop-0'), host('cart-0', { lease: { build: 'x' } })] },
    ],
    ['conflict', 'epoch 5', { committed: layout(5) }],
    ['conflict', 'prepared no more', { prepared: null }],
    ['operator', 'enough', { abortRequests: [{ id: 'sw-1', detail: 'enough' }] }],
    ['superseded', 'revert', { open: [other(PLANNED, { source: 'revert' })] }],
  ])('gives up with %s: %s', (code, detail, changes) => {
    const { stage, notes } = step(PREPARING, prepared(changes));
    expect(stage).toMatchObject({ phase: 'aborting', epoch: 2, reason: { code } });
    expect(stage.phase === 'aborting' && stage.reason.detail).toContain(detail);
    expect(notes).toMatchObject([{ event: 'aborting' }]);
  });

  it('gives up at once when the hosts that its target lacks cannot be started, unless it bootstraps', () => {
    const obstacle = { code: 'build_mismatch', detail: 'another build is on disk' } as const;
    const blocked = { hosts: [host('shop-0')], obstacle };
    expect(step(PREPARING, prepared(blocked)).stage).toMatchObject({
      phase: 'aborting',
      reason: { code: 'build_mismatch', detail: 'cart-0 cannot be started: another build is on disk' },
    });
    expect(phaseAfter(PREPARING, prepared(blocked), { kind: 'bootstrap' })).toBe('preparing');
    expect(phaseAfter(PREPARING, prepared({ obstacle }))).toBe('committing');
  });

  it('says which apps to start when something else runs the hosts and some are missing', () => {
    const obstacle = { code: 'host_missing', detail: 'run', command: 'serve' } as const;
    const missing = prepared({ hosts: [host('shop-0')], obstacle });
    expect(step(PREPARING, missing).stage).toMatchObject({
      reason: { code: 'host_missing', detail: 'cart-0 cannot be started: run: serve cart' },
    });
  });

  it('gives up at its deadline though nothing could be proposed, and though all have acked', () => {
    const early = step(UNPROPOSED, seen({ now: 40_000, trusted: false }));
    expect(early.stage).toMatchObject({
      phase: 'aborting',
      epoch: null,
      reason: { code: 'prepare_timeout' },
    });
    const late = step(PREPARING, prepared({ now: 40_000 }));
    expect(late.stage).toMatchObject({ reason: { detail: 'not prepared in time: not committed' } });
  });

  it('does not wait for warm hosts when it bootstraps, only for live ones', () => {
    const first = { from: null, to: TIGHT };
    const now = seen({ committed: null, live: [], prepared: layout(2) });
    const cold = host('shop-0', { lease: { health: 'starting' } });
    expect(advance(switching(PREPARING, first), { ...now, hosts: [cold] }).state.stage.phase).toBe(
      'committing',
    );
    const absent = advance(switching(PREPARING, first), { ...now, hosts: [] });
    expect(absent.state.stage.phase).toBe('preparing');
    expect(absent.effects).toEqual([{ kind: 'start', app: 'shop', instance: 'shop-0' }]);
  });
});

describe('committing', () => {
  it('asks for the commit until it has happened', () => {
    expect(step(COMMITTING, prepared())).toMatchObject({
      stage: COMMITTING,
      effects: [{ kind: 'commit', from: 1, to: 2, onTrial: ['cart'] }],
    });
    const { stage, notes } = step(COMMITTING, inForce());
    expect(stage).toEqual({ phase: 'routed-wait', epoch: 2, committedAt: 10_000 });
    expect(notes).toMatchObject([{ key: 'sw-1:committed', detail: { epoch: 2 } }]);
  });

  it('prepares again, with the same deadline, when a newcomer has not acked or nothing is prepared', () => {
    const newcomer = host('shop-1', { lease: { acked: [] } });
    const hosts = [host('shop-0'), host('cart-0'), newcomer];
    expect(step(COMMITTING, prepared({ hosts })).stage).toEqual(PREPARING);
    expect(step(COMMITTING, prepared({ prepared: null })).stage).toEqual(PREPARING);
  });

  it('waits while leases cannot be judged, and gives up at its deadline', () => {
    expect(step(COMMITTING, prepared({ trusted: false }))).toMatchObject({ stage: COMMITTING, effects: [] });
    expect(phaseAfter(COMMITTING, prepared({ now: 40_000 }))).toBe('aborting');
  });
});

describe('aborting', () => {
  it('withdraws until nothing is prepared, then cleans up', () => {
    expect(step(ABORTING, prepared()).effects).toEqual([{ kind: 'withdraw', epoch: 2 }]);
    expect(step(ABORTING, seen()).stage).toMatchObject({
      phase: 'retiring',
      committedAt: null,
      ending: { outcome: 'aborted', reason: REASON },
    });
    expect(phaseAfter({ ...ABORTING, epoch: null }, seen())).toBe('retiring');
  });

  it('is committed after all when the commit was faster', () => {
    expect(phaseAfter(ABORTING, inForce())).toBe('routed-wait');
  });
});

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

describe('draining', () => {
  const closed = { closedThrough: 1 };
  it.each<[string, Partial<Observation>]>([
    ['a root of the old epoch runs', { hosts: [host('shop-0', { lease: { ...closed, roots: { 1: 1 } } })] }],
    ['an edge has not closed it', { hosts: [host('shop-0')] }],
    [
      'a silent edge may still run some',
      { hosts: [host('shop-0', { lease: { live: false, closedThrough: 0 } })] },
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
    expect(surplus({ cart: 1 }, hosts).map(({ instance }) => instance)).toEqual(['cart-0']);
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

describe('the transition table', () => {
  it('lets no phase go where the table does not lead', () => {
    const crooked: Table = { ...TABLE, planned: { ...TABLE.planned, to: ['ended'] } };
    expect(() => advance(switching(PLANNED), seen(), crooked)).toThrow('planned went to preparing');
  });

  it('is refused when a phase is unknown, unreachable or without an end', () => {
    const edges = { a: { to: ['b', 'x'] }, b: { to: [] }, c: { to: ['b'] }, d: { to: ['d'] } };
    expect(flawsOf(edges, 'a', 'b')).toEqual([
      'a leads to x, which is unknown',
      'c cannot be reached',
      'd cannot be reached',
      'd never comes to b',
    ]);
    expect(() => validateTable(edges, 'a', 'z')).toThrow('z is unknown');
    expect(flawsOf(TABLE, 'planned', 'ended')).toEqual([]);
  });
});

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

  it.each<[string, Parameters<typeof host>[1], Partial<Observation>?]>([
    ['are younger', { createdAt: 70_001 }],
    ['are ready', { lease: {} }],
    ['are leaving', { lease: { health: 'leaving' } }],
    ['were told to stop and have given their lease back', { stopping: true }],
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

  it('of which only a record is known go before those that live', () => {
    const ghost = host('cart-0', { nonce: 'ghost', spawned: false, lease: null });
    const starting = host('cart-0', { nonce: 'real', lease: { health: 'starting' } });
    const unleased = host('cart-0', { nonce: 'real', lease: null });
    for (const real of [starting, unleased])
      expect(surplus({ cart: 1 }, [ghost, real]).map(({ nonce }) => nonce)).toEqual(['ghost']);
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
    expect(tend(seen({ prepared: leftover, open: [other(PLANNED)] }))).toContainEqual(withdraw);
  });

  it('is left alone while one is', () => {
    for (const stage of [PREPARING, COMMITTING, ABORTING])
      expect(tend(seen({ prepared: leftover, open: [other(stage)] }))).toEqual([]);
  });
});
