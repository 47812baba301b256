import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeReport } from '../src/report.ts';
import { countSoak, endedEarly, fullCover } from '../src/soak-count.ts';
import { TRANSITIONS, allPlacements, placementName, transitionName, walk } from '../src/soak-plan.ts';
import { sampleInput, sampleSwitch } from './sample.ts';
import type { Mode, SwitchView } from '@atlas/control-api';

const MODULES = ['catalog', 'cart', 'payment', 'shipping'];

test('as many steps as are to cover all go through all placements and all six changes of mode, whatever the seed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (count, seed) => {
      const modules = [...MODULES, 'orders', 'reviews'].slice(0, count);
      const steps = [...walk(modules, fullCover(modules), seed)];
      const modes: Mode[] = ['tight', ...steps.map(({ mode }) => mode)];
      const changes = steps.map(({ mode }, i) => transitionName(modes[i] ?? mode, mode));
      expect(new Set(steps.map(({ placements }) => placementName(placements))).size).toBe(2 ** count);
      expect(TRANSITIONS.filter((name) => !changes.includes(name))).toEqual([]);
    }),
  );
});

test('no step keeps the placement of the one before it, and the same seed walks the same way', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 1, max: 120 }), (seed, count) => {
      const names = [
        'none',
        ...[...walk(MODULES, count, seed)].map(({ placements }) => placementName(placements)),
      ];
      expect(names).toHaveLength(count + 1);
      names.slice(1).forEach((name, i) => expect(name).not.toBe(names[i]));
      expect([...walk(MODULES, count, seed)].map(({ placements }) => placementName(placements))).toEqual(
        names.slice(1),
      );
    }),
  );
});

test('any number of modules has two to its power placements', () => {
  expect(allPlacements(['a', 'b']).map(({ mode }) => mode)).toEqual(['tight', 'hybrid', 'hybrid', 'loose']);
});

const views = (count: number, modules = MODULES): SwitchView[] => {
  const modes: Mode[] = ['tight'];
  return [...walk(modules, count, 3)].map(({ placements, mode }, i) => {
    const from = modes[i] ?? 'tight';
    modes.push(mode);
    return { ...sampleSwitch, id: `sw-${i}`, from, to: mode, toPlacements: placements };
  });
};

test('a soak that covered what was asked has nothing to complain about', () => {
  const { soak, troubles } = countSoak(24, views(24), MODULES);
  expect(troubles).toEqual([]);
  expect(soak).toMatchObject({ switchesAsked: 24, switchesCovered: 24 });
  expect(Object.keys(soak.placements)).toHaveLength(16);
});

test('a soak is not asked for more placements than it has switches', () => {
  const modules = [...MODULES, 'reviews'];
  expect(countSoak(24, views(24, modules), modules).troubles).toEqual([]);
  expect(countSoak(40, views(24, modules), modules).troubles).toContainEqual(
    expect.stringMatching(/^\d+ placements were never entered$/),
  );
});

test('switches that were not committed do not count, and the lack is told', () => {
  const some = views(24).map((view, i) => (i < 20 ? view : { ...view, outcome: 'aborted' as const }));
  expect(countSoak(24, some, MODULES).troubles[0]).toBe(
    'only 20 of 24 switches were covered in the time given',
  );
  expect(countSoak(24, views(6), MODULES).troubles.join('\n')).toMatch(
    /changes never made|placements were never entered/,
  );
});

test('a soak that was ended before its time says after how much, and is no pass', () => {
  const troubles = endedEarly(12.34 * 60_000, 20);
  expect(troubles).toEqual(['it was ended early, after 12.3 of 20 minutes']);
  expect(makeReport({ ...sampleInput, troubles })).toMatchObject({ verdict: 'fail', reasons: troubles });
  expect(endedEarly(20 * 60_000, 20)).toEqual([]);
  expect(endedEarly(Infinity, 20)).toEqual([]);
});
