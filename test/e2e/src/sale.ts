/** `npm start` through a known sale that grows: a real shop, its real brain, and forty minutes of a trace in forty seconds. */
import type { SwitchView } from '@atlas/control-api';
import { readRunFile } from '@atlas/platform-stack';
import type { Report } from '@atlas/stack';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { assertEventually } from './eventually.ts';
import { assertNothingLeft, makeHome } from './kit.ts';
import { startSupervisor, type Started } from './npm-start.ts';
import { disposalOfHome } from './shop-of-file.ts';

/** Rates that any machine bears; two bundles bear no more than one, so that services are the way up. */
const CAPACITY = {
  ...{ tight: 60, tight2: 60, hybrid: 90, loose: 130, intentP99Ms: 1_000 },
  ...{ at: '2026-01-01T00:00:00Z', machine: {} },
};
const SCENARIO = {
  name: 'sale',
  traffic: {
    ...{ trace: 'growing-sale.csv.gz', from: '2001-01-03T12:00:00Z', to: '2001-01-03T12:40:00Z', speed: 60 },
    historyFrom: '2001-01-01T12:00:00Z',
    // More than hybrid is entered at, then than loose is.
    sales: [
      { from: '2001-01-03T12:12:00Z', minutes: 8, times: 10 },
      { from: '2001-01-03T12:20:00Z', minutes: 7, times: 15.6 },
    ],
  },
  steps: [],
};
const PATIENT = { withinMs: 120_000, everyMs: 250 };

export interface Sale {
  readonly home: string;
  /** Asks the switcher, or the brain. @throws Error when it does not answer with 200 */
  ask<T>(of: 'controlUrl' | 'brainUrl', path: string): Promise<T>;
  /** All that changed something, but the first one; oldest first. */
  switches(): Promise<SwitchView[]>;
  /** Of its end. */
  report(): Promise<Report>;
}

/** Begins before the file's tests, and is ended after them. */
export function saleOfFile(): () => Sale {
  const dispose = disposalOfHome();
  let home: string;
  let started: Started;
  const file = (name: string): string => join(home, name);
  beforeAll(async () => {
    home = await makeHome();
    await writeFile(file('capacity.json'), JSON.stringify(CAPACITY));
    await writeFile(file('sale.json'), JSON.stringify(SCENARIO));
    const args = ['--scenario', file('sale.json'), '--port', '0', '--report', file('report.json')];
    started = startSupervisor({ home, args });
    await started.answering();
  });
  afterAll(() =>
    dispose(home, async () => {
      started.child.kill('SIGINT');
      await started.ended;
      await assertNothingLeft(home);
    }),
  );
  const ask: Sale['ask'] = async (of, path) => {
    const run = await readRunFile(home);
    const answer = await fetch(`${run?.[of]}${path}`, {
      headers: { authorization: `Bearer ${run?.operatorToken}` },
      signal: AbortSignal.timeout(5_000),
    });
    if (answer.status !== 200) throw new Error(`${path} answers ${answer.status}`);
    return (await answer.json()) as Awaited<ReturnType<Sale['ask']>> as never;
  };
  const sale: Sale = {
    get home() {
      return home;
    },
    ask,
    switches: async () => {
      const { items } = await ask<{ items: SwitchView[] }>('controlUrl', '/v1/switches?limit=100');
      return items.filter(({ kind, outcome }) => kind !== 'bootstrap' && outcome !== 'unchanged').reverse();
    },
    report: async () => {
      await assertEventually('it is told', () => expect(started.output()).toContain('stays up'), PATIENT);
      return JSON.parse(await readFile(file('report.json'), 'utf8')) as Report;
    },
  };
  return () => sale;
}

/** The shapes that were in force, one after another. */
export const shapesOf = (switches: readonly SwitchView[]): string[] =>
  switches
    .filter(({ outcome }) => outcome === 'committed')
    .map(({ to }) => to)
    .filter((to, at, all) => to !== all[at - 1]);
