import {
  BusinessError,
  defineContract,
  implement,
  operation,
  PlatformError,
  type Coupling,
} from '@atlas/coupling-runtime';
import { Type } from '@sinclair/typebox';
import { describe, expect, it } from 'vitest';
import { conform, fakeModule } from '../src/index.ts';

const Line = Type.Object(
  { id: Type.String(), quantity: Type.Integer({ minimum: 1 }) },
  { additionalProperties: false },
);
const contract = defineContract('counter', {
  add: operation({
    kind: 'keyed',
    input: Line,
    output: Type.Object({ id: Type.String(), total: Type.Integer(), note: Type.Optional(Type.String()) }),
    errors: ['sold_out'],
    deadlineMs: 1_000,
  }),
});
const stockContract = defineContract('stock', {
  left: operation({
    kind: 'read',
    input: Type.Object({ id: Type.String() }),
    output: Type.Object({ left: Type.Integer() }),
    errors: [],
    deadlineMs: 1_000,
  }),
});

const stock = fakeModule(stockContract, {
  left: ({ id }) => Promise.resolve({ left: id === 'rare' ? 1 : 100 }),
});

const counter = (coupling: Coupling) => {
  const client = coupling.client(stockContract);
  let total = 0;
  return implement(contract, {
    add: async ({ id, quantity }, call) => {
      const { left } = await client.left({ id }, call);
      if (quantity > left) throw new BusinessError('sold_out', 'too many', { left });
      if (id === 'broken') throw new TypeError('a defect');
      if (id === 'away') throw new PlatformError('dependency_unavailable');
      total += quantity;
      return { id, total };
    },
  });
};
const others = () => [stock];

describe('conform', () => {
  it('passes a module that answers equally in every placement', async () => {
    await conform(
      contract,
      counter,
      [
        {
          name: 'adds',
          operation: 'add',
          input: { id: 'a', quantity: 2 },
          key: '1',
          expected: { output: { id: 'a', total: 2 } },
        },
        {
          name: 'keeps state',
          operation: 'add',
          input: { id: 'a', quantity: 1 },
          key: '2',
          expected: { output: { id: 'a', total: 3 } },
        },
        {
          name: 'business error',
          operation: 'add',
          input: { id: 'rare', quantity: 2 },
          key: '3',
          expected: { error: { kind: 'business', code: 'sold_out', details: { left: 1 } } },
        },
        {
          name: 'defect',
          operation: 'add',
          input: { id: 'broken', quantity: 1 },
          key: '4',
          expected: { error: { kind: 'platform', code: 'internal' } },
        },
        {
          name: 'dependency',
          operation: 'add',
          input: { id: 'away', quantity: 1 },
          key: '5',
          expected: { error: { kind: 'platform', code: 'dependency_unavailable' } },
        },
        {
          name: 'wrong input',
          operation: 'add',
          input: { id: 'a', quantity: 0 },
          key: '6',
          expected: { error: { kind: 'platform', code: 'invalid_input' } },
        },
        {
          name: 'no key',
          operation: 'add',
          input: { id: 'a', quantity: 1 },
          expected: { error: { kind: 'platform', code: 'invalid_input' } },
        },
      ],
      { others },
    );
  });

  it('names a member that only local callers see', async () => {
    const leaky = () =>
      implement(contract, {
        add: ({ id }) => Promise.resolve({ id, total: 1, note: undefined } as { id: string; total: number }),
      });
    const run = conform(contract, leaky, [
      { name: 'leaks', operation: 'add', input: { id: 'a', quantity: 1 }, key: '1' },
    ]);
    await expect(run).rejects.toThrow(/leaks, (encoded|remote)|wrong output/);
  });

  it('names an error that the contract does not have', async () => {
    const rogue = () =>
      implement(contract, { add: () => Promise.reject(new BusinessError('not_in_contract')) });
    const run = conform(contract, rogue, [
      { name: 'rogue', operation: 'add', input: { id: 'a', quantity: 1 }, key: '1' },
    ]);
    await expect(run).rejects.toThrow('rogue, encoded');
  });

  it('names a handler that changes its input', async () => {
    const greedy = () =>
      implement(contract, {
        add: async (input) => {
          (input as { quantity: number }).quantity += 1;
          return { id: input.id, total: input.quantity };
        },
      });
    const run = conform(contract, greedy, [
      {
        name: 'greedy',
        operation: 'add',
        input: { id: 'a', quantity: 1 },
        key: '1',
        expected: { output: { id: 'a', total: 2 } },
      },
    ]);
    await expect(run).rejects.toThrow('greedy, local');
  });
});
