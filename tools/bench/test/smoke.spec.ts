import { describe, expect, it } from 'vitest';
import { ALL_BENCHES } from '../src/benches.ts';
import { rowsOf } from '../src/report.ts';

const SMOKE_MS = 5;

/** Shows that benches work, their own checks included; it says nothing about how fast anything is. */
describe('a bench yields all of its rows', () => {
  for (const bench of ALL_BENCHES.filter(({ needsStack }) => !needsStack)) {
    it(bench.name, async () => {
      const { signal } = new AbortController();
      const measurement = await bench.run({ rounds: 1, span: () => SMOKE_MS, say: () => {}, signal });
      expect(rowsOf(bench, measurement).map(({ name }) => name)).toEqual(bench.rows.map(({ name }) => name));
      for (const samples of Object.values(measurement.samples)) expect(samples).not.toHaveLength(0);
    });
  }
});
