/** Two switchers, one of which leads: how long nobody does when it is killed or stands still, under load. */
import { controlUrlOf, readRunFile, signalProcess, StackError, type ProcessRow } from '@atlas/platform-stack';
import { ControlClient } from '@atlas/stack';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bench, BenchContext } from '../bench.ts';
import { awaited, withShop, type ShopRun } from '../shop-run.ts';
import { median } from '../statistics.ts';

const LOOK_EVERY_MS = 10;
/** Longer than it takes anybody; then the bench has failed. */
const WITHIN_MS = 30_000;

interface Leader {
  readonly url: string;
  /** With its process's start, so that a successor under the same name is another one. */
  readonly holder: string;
  readonly row: ProcessRow;
}

/** Who leads by its own word, where operators ask; undefined while nobody does. */
async function leaderOf({ stack }: ShopRun, url: string): Promise<Leader | undefined> {
  const { leader } = await new ControlClient(url, stack.operatorToken).status();
  const rows = (await readRunFile(stack.home))?.processes ?? [];
  const row = rows.find(({ instance }) => instance === leader.holder.split(':')[0]);
  return leader.leads && row ? { url, holder: leader.holder, row } : undefined;
}

/** Somebody else than `old`, which is not asked while it stands still: it would not answer. */
async function leading(run: ShopRun, signal: AbortSignal, old?: Leader, still = false): Promise<Leader> {
  for (const end = Date.now() + WITHIN_MS; Date.now() < end;) {
    const url = await controlUrlOf(run.stack.home);
    const asked = still && url === old?.url ? undefined : leaderOf(run, url);
    const leader = await asked?.catch(() => undefined);
    if (leader && leader.holder !== old?.holder) return leader;
    await wait(LOOK_EVERY_MS, undefined, { signal });
  }
  throw new StackError(`no switcher has taken over within ${WITHIN_MS / 1_000} s`);
}

/** The other one watches, so that it can take over. */
const standing = (run: ShopRun, { row }: Leader, signal: AbortSignal): Promise<void> =>
  awaited(
    'the other switcher stands by',
    async () => {
      const rows = (await readRunFile(run.stack.home))?.processes ?? [];
      return rows.some(({ app, instance }) => app === 'switcher' && instance !== row.instance);
    },
    signal,
  );

async function takeOver(run: ShopRun, how: 'SIGKILL' | 'SIGSTOP', signal: AbortSignal): Promise<number> {
  const old = await leading(run, signal);
  await standing(run, old, signal);
  const from = performance.now();
  await signalProcess(old.row, how);
  try {
    await leading(run, signal, old, how === 'SIGSTOP');
    return performance.now() - from;
  } finally {
    if (how === 'SIGSTOP') await signalProcess(old.row, 'SIGCONT');
  }
}

/** Until who was replaced is a standby again. */
const REST_MS = 2_000;

async function measure(run: ShopRun, { rounds, say, signal }: BenchContext) {
  const load = await run.load();
  const killed: number[] = [];
  const frozen: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    killed.push(await takeOver(run, 'SIGKILL', signal));
    await wait(REST_MS, undefined, { signal });
    frozen.push(await takeOver(run, 'SIGSTOP', signal));
    await wait(REST_MS, undefined, { signal });
    say(`take-over ${round} of ${rounds}: ${killed.at(-1)?.toFixed(0)} and ${frozen.at(-1)?.toFixed(0)} ms`);
  }
  await load.end(); // no request may have failed
  return { killed, frozen };
}

export const takeover: Bench = {
  name: 'takeover',
  about: 'two switchers: how long nobody leads when the one that does is killed or stands still',
  needsStack: true,
  rows: [
    {
      name: 'takeover.worstMs',
      unit: 'ms',
      goal: { atMost: 4_000 },
      about:
        'From the kill or the stand-still of the switcher that leads until another one, or its successor, says that it does, at demo load; the longest.',
    },
    { name: 'takeover.killed.p50Ms', unit: 'ms', about: 'The same after a kill, in the middle.' },
    { name: 'takeover.frozen.p50Ms', unit: 'ms', about: 'The same after a stand-still, in the middle.' },
  ],
  run: (context) =>
    withShop(context, { standbySwitchers: 1, trialMostMs: 0 }, async (run) => {
      const { killed, frozen } = await measure(run, context);
      return {
        values: {
          'takeover.worstMs': Math.max(...killed, ...frozen),
          'takeover.killed.p50Ms': median(killed),
          'takeover.frozen.p50Ms': median(frozen),
        },
        samples: { 'after a kill, ms': killed, 'after a stand-still, ms': frozen },
      };
    }),
};
