import { describe, expect, it } from 'vitest';
import { advance } from '../src/machine/advance.ts';
import type { Observation, SwitchState } from '../src/machine/index.ts';
import { CART, host, layout, other, seen, switching, TIGHT } from './observations.ts';
import {
  PLANNED,
  PREPARING,
  UNPROPOSED,
  COMMITTING,
  REASON,
  ABORTING,
  DRAINING,
  prepared,
  inForce,
  step,
  phaseAfter,
} from './stages.ts';

describe('planned', () => {
  it('begins to prepare when it is its turn, with a deadline of 30 s, against the layout then in force', () => {
    const now = seen({ committed: layout(7), live: [layout(7)] });
    const { state } = advance(switching(PLANNED), now);
    expect(state.stage).toEqual({ phase: 'preparing', epoch: null, deadlineAt: 40_000 });
    expect(state.from).toEqual(layout(7));
  });

  it.each<[string, Partial<Observation>]>([
    ['three epochs are live', { live: [1, 2, 3].map((epoch) => layout(epoch)) }],
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
    ['a stronger one drains', { open: [other(DRAINING, { source: 'revert', decidedAt: 1 })] }],
    ['an equal one that was decided earlier drains', { open: [other(DRAINING, { decidedAt: 1 })] }],
    ['a weaker one is planned', { open: [other(PLANNED, { source: 'brain' })] }],
    ['an equal one was decided later', { open: [other(PLANNED, { decidedAt: 9_001 })] }],
    ['it sees itself', { open: [other(PLANNED, { id: 'sw-1' })] }],
  ])('goes on though %s', (_why, changes) => {
    expect(phaseAfter(PLANNED, seen(changes))).toBe('preparing');
  });

  it.each<[string, Partial<SwitchState>]>([
    ['a revert', { kind: 'revert', source: 'revert', undoes: { id: 'sw-0', epoch: 1 } }],
    ['a rollback', { kind: 'rollback' }],
    ['an emergency', { source: 'emergency' }],
  ])('has the last of four epochs for %s', (_what, changes) => {
    const live = [1, 2, 3, 4].map((epoch) => layout(epoch));
    const phase = (seenNow: Observation) => advance(switching(PLANNED, changes), seenNow).state.stage.phase;
    expect(phase(seen({ live: live.slice(0, 3) }))).toBe('preparing');
    expect(phase(seen({ live }))).toBe('planned');
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

  it('that undoes another ends aborted once the epoch of that is not in force any more', () => {
    const revert = { kind: 'revert', source: 'revert', undoes: { id: 'sw-0', epoch: 1 } } as const;
    expect(phaseAfter(PLANNED, seen(), revert)).toBe('preparing');
    expect(step(PLANNED, seen({ committed: layout(2) }), revert).stage).toMatchObject({
      phase: 'ended',
      ending: {
        outcome: 'aborted',
        reason: { code: 'superseded', detail: 'epoch 1 is not in force any more' },
      },
    });
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

  it('does not wait for the ack of a host that leaves, as the store does not (S3)', () => {
    const leaving = host('payment-0', { lease: { health: 'leaving', acked: [1] } });
    expect(step(PREPARING, prepared({ hosts: [host('shop-0'), host('cart-0'), leaving] })).stage).toEqual(
      COMMITTING,
    );
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
    expect(phaseAfter({ phase: 'aborting', epoch: null, reason: REASON }, seen())).toBe('retiring');
  });

  it('is committed after all when the commit was faster', () => {
    expect(phaseAfter(ABORTING, inForce())).toBe('routed-wait');
  });
});
