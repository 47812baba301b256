import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { METRICS } from '../src/index.ts';

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}
const file = new URL('../../../../infra/alerts/atlas.yaml', import.meta.url);
const { groups } = parse(readFileSync(file, 'utf8')) as Rules;
const rules = groups.flatMap(({ rules: all }) => all);

test('every metric of an alert rule is one that our processes expose', () => {
  const known = Object.values(METRICS).flatMap(({ name, kind }) =>
    kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  for (const { alert, expr } of rules) {
    const named = expr.match(/\batlas_\w+/g) ?? [];
    expect(named.length, alert).toBeGreaterThan(0);
    for (const name of named) expect(known, `${alert}: ${name}`).toContain(name);
  }
});

test('every alert has a test of when it is quiet and when it is not', () => {
  const tests = readFileSync(new URL('atlas_test.yaml', file), 'utf8');
  for (const { alert } of rules)
    expect(tests.match(new RegExp(`alertname: ${alert}\\b`, 'g'))?.length, alert).toBeGreaterThan(1);
});
