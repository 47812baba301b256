/** What becomes of a switch on trial, by what its hosts tell and by what is in force. */
import type { Tally } from '@atlas/control-layout';
import { describe, expect, it } from 'vitest';
import { describeBreach, talliesOf, undoing, type Observation } from '../src/machine/index.ts';
import type { Stage } from '../src/machine/state.ts';
import { TRIAL_LEAST_MS, type Breach } from '../src/machine/trial.ts';
import { host, layout, other, switching, TIGHT } from './observations.ts';
import { inForce, phaseAfter, PLANNED, ROUTING, step, TRIED } from './stages.ts';

const ERRORS: Breach = {
  ...{ operation: 'cart.read', cause: 'errors', calls: 9, seen: 7, expected: 0.05 },
  ...{ pValue: 2.2e-19, thresholdMs: null },
};
const FAILED = { ...TRIED, breach: ERRORS } as Stage;
const QUIET: Tally = {
  ...{ epoch: 2, sinceMs: TRIAL_LEAST_MS, operations: {} },
  strain: { machine: 0.95, loop: 0.8 },
};
const told = (nonce: string) => ({ instance: nonce, nonce, tally: QUIET });

describe('a trial whose epoch is in force no more', () => {
  const revert = other({ ...ROUTING, epoch: 3 } as Stage, {
    source: 'revert',
    undoes: { id: 'sw-1', epoch: 2 },
  });
  const ending = (stage: Stage, epoch: number, open: Observation['open']) => {
    const after = step(stage, inForce({ committed: layout(epoch), open })).stage;
    return 'ending' in after ? after.ending : after.phase;
  };

  it('was reverted when it is that of its revert, and says what it was failed by', () => {
    expect(ending(FAILED, 3, [revert])).toEqual({
      outcome: 'reverted',
      byEpoch: 3,
      detail: describeBreach(ERRORS),
    });
  });

  it('was superseded when it is that of anybody else, or when nothing had failed it', () => {
    const superseded = { outcome: 'committed', trial: 'superseded' };
    expect(ending(FAILED, 4, [revert])).toEqual(superseded);
    expect(ending(FAILED, 3, [])).toEqual(superseded);
    expect(ending(FAILED, 3, [{ ...revert, undoes: 'sw-7' }])).toEqual(superseded);
    expect(ending(TRIED, 3, [revert])).toEqual(superseded);
  });
});

describe('a trial that has failed', () => {
  const revert = other(PLANNED, { source: 'revert', undoes: { id: 'sw-1', epoch: 2 } });
  const asked = (...ids: readonly string[]) =>
    step(FAILED, inForce({ open: [revert], abortRequests: ids.map((id) => ({ id, detail: 'no' })) }));

  it('waits for its revert, and leaves its layout in force once that is called off', () => {
    for (const ids of [[], ['sw-7']]) expect(asked(...ids)).toMatchObject({ stage: FAILED, effects: [] });
    expect(asked('sw-7', revert.id).stage).toMatchObject({
      phase: 'draining',
      ending: { outcome: 'committed', trial: 'kept' },
    });
  });
});

describe('a trial', () => {
  const bundles = ['shop-0', 'shop-1'].map((name) => host(name, { lease: { closedThrough: 1 } }));
  const after = (tallies: Observation['tallies'], changes: Parameters<typeof host>[1] = {}) =>
    phaseAfter(TRIED, inForce({ hosts: [...bundles, host('cart-0', changes)], tallies }));

  it('waits until every live bundle has told, and for no service', () => {
    expect(after([told('shop-0')])).toBe('trial');
    expect(after([told('shop-0'), told('cart-0')])).toBe('trial');
    expect(after([told('shop-0'), told('shop-1')])).toBe('draining');
  });

  it('takes nobody for busy who is gone, and keeps what he has counted', () => {
    const hosts = [host('shop-0'), host('shop-1', { process: 'gone' })];
    expect(talliesOf({ hosts, tallies: [told('shop-0'), told('shop-1')] })).toEqual([
      QUIET,
      { ...QUIET, strain: { machine: 0, loop: 0 } },
    ]);
  });
});

describe('what undoes a switch', () => {
  it('goes back to the layout before it, and only once its trial has failed', () => {
    expect(undoing(switching(FAILED), 'sw-9', 10_000)).toMatchObject({
      ...{ id: 'sw-9', kind: 'revert', source: 'revert', to: TIGHT, undoes: { id: 'sw-1', epoch: 2 } },
      reason: `reverts sw-1: ${describeBreach(ERRORS)}`,
    });
    expect(undoing(switching(TRIED), 'sw-9', 10_000)).toBeUndefined();
    expect(undoing(switching(ROUTING), 'sw-9', 10_000)).toBeUndefined();
    expect(undoing(switching(FAILED, { from: null }), 'sw-9', 10_000)).toBeUndefined();
  });
});

it('a breach is told in a sentence', () => {
  expect(describeBreach(ERRORS)).toBe(
    'cart.read: 7 platform errors in 9 calls (0.1 were to be expected, p = 2.2e-19)',
  );
  const slow: Breach = { ...ERRORS, cause: 'latency', thresholdMs: 26.4 };
  expect(describeBreach(slow)).toBe(
    'cart.read: 7 calls above 26 ms in 9 calls (0.1 were to be expected, p = 2.2e-19)',
  );
});
