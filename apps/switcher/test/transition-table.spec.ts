import { describe, expect, it } from 'vitest';
import { advance, TABLE } from '../src/machine/advance.ts';
import { flawsOf, validateTable, type Table } from '../src/machine/table.ts';
import { seen, switching } from './observations.ts';
import { PLANNED } from './stages.ts';

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
