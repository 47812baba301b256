import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { METRICS } from '../src/index.ts';

interface Cases {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly unknown[];
    }[];
  }[];
}
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
  const { tests } = parse(readFileSync(new URL('atlas_test.yaml', file), 'utf8')) as Cases;
  const cases = tests.flatMap(({ alert_rule_test: each }) => each);
  for (const { alert } of rules) {
    const fires = cases
      .filter(({ alertname }) => alertname === alert)
      .map(({ exp_alerts: alerts = [] }) => alerts.length > 0);
    expect(new Set(fires), alert).toEqual(new Set([false, true]));
  }
});
