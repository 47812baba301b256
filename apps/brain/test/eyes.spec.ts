import type { Status } from '@atlas/control-api';
import { tightLayout } from '@atlas/control-layout';
import { expect, test } from 'vitest';
import { WATCHING } from '../src/watch/autonomy.ts';
import { crashedOf, shapeOf } from '../src/watch/eyes.ts';

const host = (app: string, health: Status['hosts'][number]['health']) => ({
  ...{ instance: `${app}-0`, nonce: 'n', app, pid: 1, health, stopping: false, rpc: null, metricsUrl: null },
  ...{ acked: [], closedThrough: null, roots: {}, rssMb: null },
});

test('a module has crashed when it is placed as a service and no process of it is well', () => {
  const placements = { cart: 'service', catalog: 'service', payment: 'bundle' } as const;
  const layout = {
    epoch: 2,
    mode: 'hybrid' as const,
    placements,
    instances: {},
    canary: {},
    configVersion: 1,
  };
  const hosts = [host('shop', 'ready'), host('cart', 'ready'), host('catalog', 'silent')];
  expect(crashedOf({ layout, hosts, frozen: false })).toEqual(['catalog']);
});

test('when many fall silent together nobody has crashed but those who are gone', () => {
  const placements = { cart: 'service', catalog: 'service', payment: 'service' } as const;
  const layout = { ...tightLayout(Object.keys(placements)), epoch: 2, mode: 'loose' as const, placements };
  const hosts = [host('shop', 'ready'), host('cart', 'silent'), host('catalog', 'silent')];
  expect(crashedOf({ layout, hosts, frozen: true })).toEqual(['payment']);
});

test('what is ready is told of each module and of bundles, whether it serves, is kept warm or in reserve', () => {
  const layout = tightLayout(['cart', 'catalog', 'payment']);
  const going = { ...host('cart', 'ready'), instance: 'cart-1', stopping: true };
  const reserve = { ...host('shop', 'reserve'), instance: 'shop-1' };
  const hosts = [
    ...[host('shop', 'ready'), host('cart', 'ready'), going, host('catalog', 'starting'), reserve],
    ...[{ ...host('shop', 'starting'), instance: 'shop-2' }, host('spare', 'spare')],
  ];
  const status = {
    ...{ layout: { ...layout, epoch: 2, mode: 'tight' }, hosts, switches: [], autonomy: WATCHING },
    store: { contact: true, ageMs: 1 },
  } as unknown as Status;
  expect(shapeOf(status)?.ready).toEqual({ bundle: 2, cart: 1, catalog: 0, payment: 0 });
});

test('a switcher that has lost its store shows no shape to decide on', () => {
  const layout = {
    epoch: 2,
    mode: 'tight' as const,
    placements: {},
    instances: {},
    canary: {},
    configVersion: 1,
  };
  const status = {
    ...{ layout, mode: layout.mode, epoch: 2, preparedEpoch: null, liveEpochs: [2], hosts: [], switches: [] },
    ...{ frozen: false, autonomy: WATCHING, prewarm: null },
    ...{ leader: { holder: 'h', leads: true }, store: { contact: true, ageMs: 1 } },
  };
  expect(shapeOf(status)).toEqual({
    epoch: 2,
    layout: { placements: {}, instances: {}, canary: {}, configVersion: 1 },
    ...{ crashed: [], ready: { bundle: 0 }, coming: null, autonomy: WATCHING },
  });
  const starting = { ...status, hosts: [host('cart', 'starting')] };
  expect(shapeOf(starting)?.unsettled).toBe(true);
  for (const [phase, unsettled] of [
    ['preparing', true],
    ['trial', true],
    ['draining', undefined],
  ] as const) {
    const open = { phase, toPlacements: {}, toInstances: {}, trial: null } as Status['switches'][number];
    expect(shapeOf({ ...status, switches: [open] })?.unsettled).toBe(unsettled);
  }
  expect(shapeOf({ ...status, store: { contact: false, ageMs: 9_000 } })).toBeUndefined();
  expect(shapeOf({ ...status, layout: null })).toBeUndefined();
});

test('a switch whose trial failed is told as long as it is open, with the epoch that it had', () => {
  const shape = { placements: { cart: 'service' }, instances: { bundle: 1, cart: 1 } } as const;
  const failed = {
    ...{ epoch: 8, toPlacements: shape.placements, toInstances: shape.instances, phase: 'draining' },
    trial: { verdict: 'failed', detail: 'slow', byEpoch: 9 },
  };
  const status = {
    layout: {
      epoch: 9,
      mode: 'tight',
      placements: { cart: 'bundle' },
      instances: {},
      canary: {},
      configVersion: 1,
    },
    ...{ hosts: [], switches: [failed], autonomy: WATCHING, store: { contact: true, ageMs: 1 } },
  } as unknown as Status;
  expect(shapeOf(status)).toMatchObject({ epoch: 9, reverted: { epoch: 8, layout: shape } });
});
