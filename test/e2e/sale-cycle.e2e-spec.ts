/** A flash sale from its beginning to its end under the brain: nobody asks for a switch, and the audit finds nothing. */
import { expect, test } from 'vitest';
import { saleOfFile, shapesOf } from './src/sale.ts';

const sale = saleOfFile();

test('the brain warms for the sale, spreads the shop step by step as it grows, and makes it one process again', async () => {
  const told = await sale().report();
  const switches = await sale().switches();
  expect(shapesOf(switches)).toEqual(['hybrid', 'loose', 'tight']);
  for (const { source } of switches) expect(['brain', 'emergency']).toContain(source);
  expect(told.reasons).toEqual([]);
  expect(told).toMatchObject({ verdict: 'pass', audit: { coverage: 1 } });
  const [first] = told.control?.decisions.toSorted((a, b) => a.at.localeCompare(b.at)) ?? [];
  expect(first).toMatchObject({ rule: 'pre-warm', outcome: 'warming' });
});
