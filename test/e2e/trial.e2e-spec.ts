/**
 * A switch is on trial: a new service that is broken, slow, or broken in one rare operation is taken
 * back; a good one is not. Faults are armed through a file, and hit one operation of one new service.
 */
import { rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startCtl } from './src/command-line.ts';
import {
  assertEventually,
  faultFileOf,
  kill,
  shopOfFile,
  type Load,
  type SwitchView,
  type Target,
} from './src/index.ts';

let faults: string;
let load: Load;

const shop = shopOfFile((home) => {
  faults = faultFileOf(home);
  return { faults: `file:${faults}`, mostPauseMs: 100 };
});

const WITHIN = { withinMs: 90_000, everyMs: 100 };
const TIGHT: Target = { mode: 'tight' };
const CART: Target = { placements: { cart: 'service' } };

beforeAll(async () => {
  load = await shop().load({ peakRps: 60 });
  await load.lasting(15);
});
afterEach(async () => {
  await rm(faults, { force: true });
  await switchTo(TIGHT);
});

async function looked(id: string, fits: (view: SwitchView) => boolean): Promise<SwitchView> {
  const look = async (): Promise<SwitchView> => {
    const view = await shop().control.get(id);
    if (!fits(view)) throw new Error(`switch ${id} is ${view.phase}, ${view.outcome}`);
    return view;
  };
  return assertEventually(`switch ${id}`, look, WITHIN);
}

async function propose(target: Target): Promise<SwitchView> {
  const key = `trial-${Math.random()}`;
  return assertEventually('the switch is taken', () => shop().control.propose(target, key), WITHIN);
}

/** Waits until it is routed everywhere; its trial goes on. */
async function switchTo(target: Target): Promise<SwitchView> {
  const { id } = await propose(target);
  return looked(id, ({ routedMs, outcome }) => routedMs !== null || outcome === 'unchanged');
}

/** The switch that is under way and moves `cart` out. */
async function openToCart(): Promise<SwitchView> {
  const [newest] = await shop().control.history();
  if (newest === undefined || newest.done || newest.toPlacements['cart'] !== 'service')
    throw new Error(`the newest switch is ${newest?.id}`);
  return newest;
}

const ended = (id: string): Promise<SwitchView> => looked(id, ({ done }) => done);

describe('a switch on trial', () => {
  test.each([
    ['answers errors', 'serve.cart.*@cart-*=break', 'errors'],
    ['is slow', 'serve.cart.*@cart-*=delay:2000', 'calls above'], // a second below its deadline: none is late
    ['is broken in one rare operation', 'serve.cart.getOrder@cart-*=break', 'cart.getOrder'],
  ])('is taken back when a new service %s, and who waited for it is told so', async (_how, fault, why) => {
    const waiting = startCtl(shop().home, ['switch', 'hybrid', '--extract', 'cart', '--wait', '--json']);
    const { id } = await assertEventually('the switch is taken', openToCart, WITHIN);
    await looked(id, ({ phase }) => phase === 'preparing' || phase === 'committing' || phase === 'trial');
    await writeFile(faults, fault);
    const view = await ended(id);
    expect(view.outcome).toBe('reverted');
    expect(view.trial).toMatchObject({ verdict: 'failed' });
    expect(view.trial?.detail).toContain(why);
    const said = await waiting.ended;
    expect(said.code).toBe(5);
    expect(JSON.parse(said.out)).toMatchObject({ id, outcome: 'reverted', trial: view.trial });
    expect((await shop().control.layout()).mode).toBe('tight');
    const revert = (await shop().control.history()).find(({ kind }) => kind === 'revert');
    expect(revert).toMatchObject({ source: 'revert', epoch: view.trial?.byEpoch, to: 'tight' });
  });

  test('passes under load when nothing is wrong', async () => {
    const { id } = await switchTo({ mode: 'loose' });
    expect(await ended(id)).toMatchObject({ outcome: 'committed', trial: { verdict: 'passed' } });
  });

  test('is superseded by the next, which starts nobody and so comes long before its end', async () => {
    const { id } = await switchTo(CART);
    await switchTo(TIGHT);
    expect(await ended(id)).toMatchObject({ outcome: 'committed', trial: { verdict: 'superseded' } });
  });

  test('is taken back by the next switcher when its own is killed', async () => {
    const { id } = await switchTo(CART);
    await kill(await shop().process('switcher'));
    await writeFile(faults, 'serve.cart.*@cart-*=break');
    expect(await ended(id)).toMatchObject({ outcome: 'reverted', trial: { verdict: 'failed' } });
  });
});
