/** The registry against the code: no fault point is forgotten, and none is named that no line passes. */
import { createMemoryStore } from '@atlas/control-store';
import { FAULT_POINTS, HUNG_POINTS, KEEP_WARM_POINTS, REVERT_POINTS } from '@atlas/switcher-app/fault-points';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cellsOf } from '../src/cells.ts';
import { OUT_OF_REACH, POINTS } from '../src/points.ts';

const root = join(import.meta.dirname, '../../..');

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(node_modules|dist|test)$/.test(entry.name) ? [] : sourcesIn(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

/** Every place that passes a point: `faultPoint(…)`, or the switcher's `passed(…)`. */
const passages = ['apps', 'libs', 'tools', 'load'].flatMap(sourcesIn).flatMap((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/\b(?<!function )(?:faultPoint|passed)\(([^)]*)\)/g)]
    .map(([, argument = '']) => ({ file, argument: argument.trim() }))
    .filter(({ argument }) => !argument.includes(':'));
});

const texts = passages.flatMap(({ argument }) => /^['`](.*)['`]$/.exec(argument)?.[1] ?? []);
const patternOf = (text: string): RegExp =>
  new RegExp(`^${text.replaceAll('.', '\\.').replaceAll(/\$\{[^}]*\}/g, '[\\w-]+')}$`);

const registered = [...POINTS.map(({ name }) => name), ...Object.keys(OUT_OF_REACH)];
/** Points that are data in the code already. */
const ofSwitcher = [...FAULT_POINTS, ...HUNG_POINTS, ...KEEP_WARM_POINTS, ...REVERT_POINTS];
const ofStore = Object.keys(createMemoryStore())
  .filter((method) => method !== 'watch' && method !== 'close')
  .flatMap((method) => [`store.${method}`, `store.${method}.done`]);

describe('the registry of fault points', () => {
  test('names every point that is written in the code', () => {
    const missing = texts.filter((text) => !registered.some((name) => patternOf(text).test(name)));
    expect(missing).toEqual([]);
    expect(ofSwitcher.filter((name) => !registered.includes(name))).toEqual([]);
    expect(ofStore.filter((name) => !registered.includes(name))).toEqual([]);
  });

  test('names nothing that no line of code passes', () => {
    const patterns = texts.filter((text) => !text.startsWith('store.')).map(patternOf);
    const dead = registered.filter(
      (name) =>
        !ofSwitcher.includes(name) && !ofStore.includes(name) && !patterns.some((each) => each.test(name)),
    );
    expect(dead).toEqual([]);
  });

  test('knows every file that makes up names: in the switcher and in the store they are data', () => {
    const made = passages.filter(({ argument }) => !/^['`]/.test(argument)).map(({ file }) => file);
    expect(new Set(made)).toEqual(
      new Set(['apps/switcher/src/passed.ts', 'apps/switcher/src/engine/fault-points.ts']),
    );
  });

  test('names every step and every state of the saga', () => {
    const text = readFileSync(join(root, 'libs/cart/module/src/domain/saga.ts'), 'utf8');
    const states = [...text.matchAll(/\| \{ readonly at: '(\w+)'/g)].map(([, state = '']) => state);
    const steps = (/type Step = ([^;]+);/.exec(text)?.[1] ?? '').match(/\w+/g) ?? [];
    expect(steps.length).toBeGreaterThan(3);
    for (const name of [...steps, ...states.filter((state) => state !== 'reserving')])
      expect(registered).toContain(`saga.${name}.before`);
  });

  test('has each point in the matrix, each name once', () => {
    expect(new Set(registered).size).toBe(
      new Set(POINTS.map(({ name }) => name)).size + Object.keys(OUT_OF_REACH).length,
    );
    const inCells = new Set(cellsOf(1).map(({ point }) => point));
    expect(POINTS.filter(({ name }) => !inCells.has(name))).toEqual([]);
  });
});
