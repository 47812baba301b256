import { describe, expect, test } from 'vitest';
import { cellsOf, type Cell } from '../src/cells.ts';
import type { Field } from '../src/field.ts';
import { Change, isOfEnd, provoke, rulesOf } from '../src/provoke.ts';
import { TRANSITIONS } from '../src/shapes.ts';

const cell = (more: Partial<Cell>): Cell => ({
  ...cellsOf(1)[0]!,
  transition: TRANSITIONS.find(({ name }) => name === 'tight→hybrid')!,
  ...more,
});

/** A switcher that takes nothing until it is asked for the n-th time. */
function fieldThatTakes(nth: number) {
  const keys: (string | undefined)[] = [];
  const propose = (_target: unknown, key?: string): Promise<{ id: string }> => {
    keys.push(key);
    return keys.length < nth
      ? Promise.reject(new Error('nobody leads'))
      : Promise.resolve({ id: 'a switch' });
  };
  const field = { shop: { control: { propose } }, player: (participant: string) => participant };
  return { keys, field: field as unknown as Field };
}

describe('the switch of a cell', () => {
  test('is proposed with the same key until it is taken, and once only', async () => {
    const { keys, field } = fieldThatTakes(3);
    const change = new Change(field, cell({}), new AbortController().signal);
    expect(keys).toHaveLength(0);
    expect(await change.taken()).toBe('a switch');
    expect(await change.taken()).toBe('a switch');
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  test('is none when the cell is over before anybody has taken it', async () => {
    const { field } = fieldThatTakes(Infinity);
    const over = new AbortController();
    const taken = new Change(field, cell({}), over.signal).taken();
    over.abort();
    expect(await taken).toBeUndefined();
  });
});

test('the bundle in reserve is wanted for longer until that is granted, and nothing is switched meanwhile', async () => {
  const asked: unknown[] = [];
  const ask = (...said: unknown[]): Promise<unknown> => {
    asked.push(said);
    return asked.length === 2 ? Promise.reject(new Error('held_by_level')) : Promise.resolve({});
  };
  const { keys, field } = fieldThatTakes(1);
  Object.assign(field.shop.control, { ask });
  const over = new AbortController().signal;
  const prewarmed = cell({
    ...{ cause: 'prewarm', transition: TRANSITIONS.find(({ name }) => name === 'tight→tight2')! },
  });
  await provoke(field, prewarmed, {
    ...{ change: new Change(field, prewarmed, over), over, inVain: () => undefined },
  });
  const level = ['POST', '/v1/autonomy', { level: 3 }];
  const warm = ['POST', '/v1/warm', { placements: {}, instances: { bundle: 2 }, minutes: 2 }];
  expect(asked).toEqual([level, warm, level, warm]);
  expect(keys).toEqual([]);
});

describe('the rules of a cell', () => {
  const { field } = fieldThatTakes(1);

  test('keep the hosts late that an aborted switch would need', () => {
    const rules = rulesOf(
      field,
      cell({ cause: 'abort', point: 'switch.withdraw.before', passer: 'switcher' }),
    );
    expect(rules.slice(1)).toEqual([
      'store.renewLease@cart-0=delay:3000',
      'store.renewLease@payment-0=delay:3000',
    ]);
  });

  test('break what the trial alone asks for, where the switch moves it', () => {
    const broken = (way: string): string[] =>
      rulesOf(
        field,
        cell({ cause: 'revert', transition: TRANSITIONS.find(({ name }) => name === way)! }),
      ).slice(1);
    expect(broken('tight→hybrid')).toEqual(['serve.cart.listOrders@cart-*=break']);
    expect(broken('loose→hybrid')).toEqual(['serve.shipping.getShipment@shop-*=break']);
    expect(broken('loose→tight2')).toEqual([
      'serve.cart.listOrders@shop-*=break',
      'serve.shipping.getShipment@shop-*=break',
    ]);
  });

  test('are one where nothing else has to be held up', () => {
    expect(rulesOf(field, cell({ cause: 'load' }))).toHaveLength(1);
  });
});

test('the switch before is over where it would pass the point of the cell first', () => {
  const ofSwitcher = (point: string): boolean => isOfEnd(cell({ passer: 'switcher', point }));
  const late = [
    'switch.routed',
    'switch.trial.end.after',
    'engine.effect.revert',
    'switch.drain',
    'switch.retire',
    'store.markDrained.done',
  ];
  expect(late.filter((point) => !ofSwitcher(point))).toEqual([]);
  expect(['switch.committed', 'switch.prepare.acked', 'store.commit'].filter(ofSwitcher)).toEqual([]);
  expect(isOfEnd(cell({ passer: 'shop-0', point: 'store.reportTally' }))).toBe(false);
});
