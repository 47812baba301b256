import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TABLE } from '../src/machine/advance.ts';

const MODEL = join(import.meta.dirname, '../../../test/formal/switch.pml');

/** Every `step(s, from, to)` of the model, in the words of the code, without its definition. */
function stepsOf(model: string): string[] {
  const steps = [...model.matchAll(/step\(s, (\w{3,}), (\w{3,})\)/g)];
  return [...new Set(steps.map(([, from = '', to = '']) => `${from} → ${to}`.replaceAll('_', '-')))].sort();
}

const edgesOf = (table: Readonly<Record<string, { readonly to: readonly string[] }>>): string[] =>
  Object.entries(table)
    .flatMap(([from, { to }]) => to.map((next) => `${from} → ${next}`))
    .sort();

it('the formal model goes the ways of the transition table, all of them and no other', () => {
  expect(stepsOf(readFileSync(MODEL, 'utf8'))).toEqual(edgesOf(TABLE));
});
