/** A flash sale from its beginning to its end under the brain: nobody asks for a switch, and the audit finds nothing. */
import type { SwitchView } from '@atlas/control-api';
import { readRunFile } from '@atlas/platform-stack';
import type { Report } from '@atlas/stack';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  assertEventually,
  assertNothingLeft,
  disposalOfHome,
  makeHome,
  startSupervisor,
  type Started,
} from './src/index.ts';

const dispose = disposalOfHome();
let home: string;
let started: Started | undefined;

beforeAll(async () => {
  home = await makeHome();
});
afterAll(() =>
  dispose(home, async () => {
    started?.child.kill('SIGINT');
    await started?.ended;
    await assertNothingLeft(home);
  }),
);

/** Rates that any machine bears; two bundles bear no more than one, so that services are the way up. */
const CAPACITY = {
  ...{ tight: 60, tight2: 60, hybrid: 90, loose: 130, intentP99Ms: 1_000 },
  ...{ at: '2026-01-01T00:00:00Z', machine: {} },
};
const SCENARIO = {
  name: 'sale-cycle',
  traffic: {
    ...{ trace: 'short-sale.csv.gz', from: '2001-01-03T12:00:00Z', to: '2001-01-03T12:26:00Z', speed: 60 },
    historyFrom: '2001-01-01T12:00:00Z',
    sales: [{ from: '2001-01-03T12:06:00Z', minutes: 7, times: 16 }],
  },
  steps: [],
};

/** Committed switches, oldest first. */
async function committed(): Promise<SwitchView[]> {
  const run = await readRunFile(home);
  const answer = await fetch(`${run?.controlUrl}/v1/switches?limit=100`, {
    headers: { authorization: `Bearer ${run?.operatorToken}` },
  });
  const { items } = (await answer.json()) as { items: SwitchView[] };
  return items.filter(({ kind, outcome }) => kind !== 'bootstrap' && outcome === 'committed').reverse();
}

const PATIENT = { withinMs: 120_000, everyMs: 250 };

test('the brain warms for the sale, spreads the shop before it comes, and makes it one process again', async () => {
  await writeFile(join(home, 'capacity.json'), JSON.stringify(CAPACITY));
  const scenario = join(home, 'sale-cycle.json');
  await writeFile(scenario, JSON.stringify(SCENARIO));
  const report = join(home, 'report.json');
  started = startSupervisor({ home, args: ['--scenario', scenario, '--port', '0', '--report', report] });
  await started.answering();

  const up = await assertEventually(
    'the shop spreads',
    async () => {
      const [first] = await committed();
      expect(first?.to).toMatch(/hybrid|loose/);
      return first;
    },
    PATIENT,
  );
  const down = await assertEventually(
    'the shop is one process again',
    async () => {
      const last = (await committed()).at(-1);
      expect(last?.to).toBe('tight');
      return last;
    },
    PATIENT,
  );
  for (const each of [up, down]) expect(['brain', 'emergency']).toContain(each?.source);

  await assertEventually(
    'the report is told',
    () => expect(started?.output()).toContain('stays up'),
    PATIENT,
  );
  const told = JSON.parse(await readFile(report, 'utf8')) as Report;
  expect(told.reasons).toEqual([]);
  expect(told).toMatchObject({ verdict: 'pass', audit: { coverage: 1 } });
  expect(told.control?.decisions.map(({ rule }) => rule)).toEqual(
    expect.arrayContaining(['pre-warm', expect.stringMatching(/rise|overload/)]),
  );
});
