/** The brain is killed and frozen at the worst moments of a sale: it hurts nobody, and goes on from its store. */
import type { SwitchView } from '@atlas/control-api';
import { signalProcess } from '@atlas/platform-stack';
import { expect, test } from 'vitest';
import { assertEventually, kill, rowOf } from './src/index.ts';
import { saleOfFile, shapesOf } from './src/sale.ts';

const sale = saleOfFile();
const PATIENT = { withinMs: 60_000, everyMs: 20 };

interface Seen {
  readonly deciding: boolean;
  readonly store: { readonly contact: boolean };
}

/** Killed, and deciding again. */
async function killBrain(): Promise<void> {
  const row = await rowOf(sale().home, 'brain');
  await kill(row);
  const killedAt = performance.now();
  await assertEventually(
    'another one decides, from what is stored',
    async () => {
      expect((await rowOf(sale().home, 'brain')).pid).not.toBe(row.pid);
      const seen = await sale().ask<Seen>('brainUrl', '/v1/status');
      expect(seen).toMatchObject({ deciding: true, store: { contact: true } });
    },
    PATIENT,
  );
  console.info(`the brain decides again ${Math.round(performance.now() - killedAt)} ms after it was killed`);
}

const switchTo = (to: string, when: (view: SwitchView) => boolean): Promise<SwitchView> =>
  assertEventually(
    `a switch to ${to}`,
    async () => {
      const view = (await sale().switches()).find((each) => each.to === to && when(each));
      if (!view) throw new Error('none yet');
      return view;
    },
    PATIENT,
  );

test('shop and layout go on without it, and it brings the sale to its end without a wrong or a stale switch', async () => {
  await assertEventually(
    'it warms for the sale',
    async () => {
      const { items } = await sale().ask<{ items: { rule: string }[] }>('brainUrl', '/v1/decisions?limit=10');
      expect(items.map(({ rule }) => rule)).toContain('pre-warm');
    },
    PATIENT,
  );
  await killBrain();

  const first = await switchTo('hybrid', () => true);
  const row = await rowOf(sale().home, 'brain');
  await signalProcess(row, 'SIGSTOP');
  await switchTo('hybrid', ({ id, outcome }) => id === first.id && outcome === 'committed');
  await signalProcess(row, 'SIGCONT');
  await killBrain(); // while hybrid is on trial

  await switchTo('loose', ({ outcome }) => outcome === 'committed');
  await killBrain();

  const told = await sale().report();
  const switches = await sale().switches();
  expect(shapesOf(switches)).toEqual(['hybrid', 'loose', 'tight']);
  for (const { source, outcome } of switches) {
    expect(['brain', 'emergency']).toContain(source);
    expect(outcome).toBe('committed');
  }
  expect(told.requests.failed).toBe(0);
  expect(told.auditProblems).toEqual([]);
});
