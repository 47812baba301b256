import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allowed, cellsOf, comesLast, FAULTS, nextFrom, pairsOf, POSTGRES, type Cell } from '../src/cells.ts';
import { toBeStarted } from '../src/provoke.ts';
import { BUNDLES, HOSTS, POINTS, SERVICES } from '../src/points.ts';
import { SHAPE_NAMES, shapeOf, targetOf, TRANSITIONS } from '../src/shapes.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const few = { numRuns: 10 };

describe('the cells of the matrix', () => {
  test('are each fault at each point to each participant, once, whatever the seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const ids = cellsOf(seed).map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        for (const { name, passers, moment } of POINTS)
          for (const participant of [...passers, ...(moment ? [...HOSTS, POSTGRES] : [])])
            for (const fault of FAULTS) expect(ids).toContain(`${name}|${participant}|${fault}`);
      }),
      few,
    );
  });

  test('strike everyone at every step of the protocol: switcher, bundles, services, Postgres link', () => {
    const steps = POINTS.filter(({ moment }) => moment);
    expect(steps.length).toBeGreaterThan(20);
    const everyone = ['switcher', ...BUNDLES, ...SERVICES, POSTGRES].sort();
    for (const { name } of steps) {
      const struck = cellsOf(1).filter(({ point }) => point === name);
      expect([...new Set(struck.map(({ participant }) => participant))].sort()).toEqual(everyone);
    }
  });

  test('meet every pair of a transition with a fault, a participant or a protocol step that there can be', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const cells = cellsOf(seed);
        const met = new Set(cells.flatMap((cell) => pairsOf(cell, cell.transition)));
        const steps = new Set(POINTS.filter(({ moment }) => moment).map(({ name }) => name));
        const wanted = cells.flatMap((cell) =>
          allowed(cell).flatMap((transition) =>
            steps.has(cell.point) ? pairsOf(cell, transition) : pairsOf(cell, transition).slice(0, 2),
          ),
        );
        // The bank takes no part in a switch: it has fewer cells than there are transitions.
        const lacking = wanted.filter((pair) => !met.has(pair) && !pair.endsWith('acquirer'));
        expect([...new Set(lacking)]).toEqual([]);
      }),
      few,
    );
  });

  test('use every direct way between two shapes', () => {
    const used = new Set(cellsOf(1).map(({ transition }) => transition.name));
    expect(used.size).toBe(TRANSITIONS.length);
    expect(TRANSITIONS).toHaveLength(SHAPE_NAMES.length * (SHAPE_NAMES.length - 1));
  });

  test('are of every participant, fault, transition and cause among the first 16, whatever the seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const all = cellsOf(seed).filter((cell) => !comesLast(cell));
        const few = all.slice(0, 16);
        for (const kind of ['participant', 'fault', 'cause'] as const)
          expect(new Set(few.map((cell) => cell[kind]))).toEqual(new Set(all.map((cell) => cell[kind])));
        expect(new Set(few.map(({ transition }) => transition.name)).size).toBe(TRANSITIONS.length);
      }),
      { ...few, examples: [[257_394_148]] },
    );
  });

  test('that came to the matrix later come after all others, which a sample and a report have as before', () => {
    const ofReserveOrRevert = cellsOf(1).map(({ point }) => /keep|open|revert/.test(point));
    expect(ofReserveOrRevert.filter(Boolean).length).toBeGreaterThan(0);
    expect(ofReserveOrRevert.lastIndexOf(false)).toBeLessThan(ofReserveOrRevert.indexOf(true));
  });

  test('come in the same order for the same seed, and in another for another', () => {
    expect(cellsOf(7)).toEqual(cellsOf(7));
    expect(cellsOf(7)).not.toEqual(cellsOf(8));
  });
});

describe('a cell is drawn so that its point is reached for certain', () => {
  const drawn = cellsOf(5);
  const of = (point: string, participant?: string): Cell[] =>
    drawn.filter((cell) => cell.point === point && cell.participant === (participant ?? cell.participant));
  const ways = (cells: readonly Cell[]): string[] =>
    cells.flatMap((cell) => allowed(cell).map(({ name }) => name));

  test('points of a trial only where a module moves', () => {
    for (const point of [
      'switch.routed',
      'switch.trial.revert.before',
      'store.endTrial',
      'store.reportTally',
    ]) {
      expect(of(point).length).toBeGreaterThan(0);
      expect(ways(of(point))).not.toContain('tight→tight2');
      expect(ways(of(point))).not.toContain('tight2→tight');
      expect(ways(of(point))).toContain('tight2→loose');
    }
  });

  test('steps of a bundle in reserve where a switch opens one: it is there before, as are the services of that shape', () => {
    for (const point of ['switch.keep.before', 'switch.prepare.open.after']) {
      expect(new Set(ways(of(point)))).toEqual(new Set(['tight→tight2', 'hybrid→tight2', 'loose→tight2']));
      expect(new Set(ways(of(point, 'shop-1'))).size).toBe(3);
      expect(new Set(ways(of(point, 'cart-0')))).toEqual(new Set(['hybrid→tight2', 'loose→tight2']));
    }
  });

  test('work of customers where the load goes on after the switch', () => {
    expect(new Set(ways(of('saga.charge.before', 'shop-0')))).toEqual(
      new Set(TRANSITIONS.filter(({ to }) => to.startsWith('tight')).map(({ name }) => name)),
    );
    expect(ways(of('link.read', 'shipping-0')).every((name) => name.endsWith('→loose'))).toBe(true);
  });

  test('a transaction of the service of payment in its start', () => {
    const commits = of('database.commit.before', 'payment-0');
    expect(commits.map(({ cause }) => cause)).toEqual(FAULTS.map(() => 'start'));
    expect(ways(commits)).not.toContain('hybrid→loose');
  });

  test('nobody plays a part before whom the switch is to start in it, nor any that an abort waits for', () => {
    const cell = (cause: Cell['cause'], passer: string): Cell => ({
      ...{ ...drawn[0]!, cause, passer },
      transition: TRANSITIONS.find(({ name }) => name === 'hybrid→loose')!,
    });
    expect(toBeStarted(cell('switch', 'switcher'))).toEqual([]);
    expect(toBeStarted(cell('load', 'cart-0'))).toEqual([]);
    expect(toBeStarted(cell('load', 'shipping-0'))).toEqual(['shipping-0']);
    expect(toBeStarted(cell('widen', 'switcher'))).toEqual(['catalog-0', 'shipping-0']);
    for (const cause of ['abort', 'prewarm', 'open'] as const)
      expect(toBeStarted(cell(cause, 'switcher'))).toEqual(['catalog-0', 'shipping-0']);
  });
});

test('the next cell begins where the shop is, if there is one', () => {
  const cells = cellsOf(3);
  for (const shape of SHAPE_NAMES) expect(nextFrom(cells, shape)?.transition.from).toBe(shape);
  expect(nextFrom(cells, undefined)).toBe(cells[0]);
  expect(nextFrom([], 'tight')).toBeUndefined();
});

test('a shape is told from the layout that its target makes', () => {
  for (const shape of SHAPE_NAMES) {
    const { placements = {}, instances = {} } = targetOf(shape);
    expect(shapeOf({ placements, instances })).toBe(shape);
  }
  expect(shapeOf({ placements: { cart: 'service' }, instances: {} })).toBeUndefined();
});
