/** The brain beside a shop under load: it sees what the load sends, and nobody needs it. */
import { expect, test } from 'vitest';
import { readRunFile, signalProcess } from '@atlas/platform-stack';
import { assertEventually, kill, shopOfFile } from './src/index.ts';

const shop = shopOfFile(() => ({ brain: true }));

interface Seen {
  readonly deciding: boolean;
  readonly rps: number | null;
  readonly second: { readonly at: number; readonly covered: number } | null;
  readonly store: { readonly contact: boolean };
}

async function ask<T>(path: string): Promise<T> {
  const run = await readRunFile(shop().home);
  const headers = { authorization: `Bearer ${run?.operatorToken}` };
  const answer = await fetch(`${run?.brainUrl}${path}`, { headers, signal: AbortSignal.timeout(5_000) });
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

const decides = (since: number): Promise<Seen> =>
  assertEventually('the brain sees the load, and decides', async () => {
    const seen = await ask<Seen>('/v1/status');
    expect(seen).toMatchObject({ deciding: true, store: { contact: true }, second: { covered: 1 } });
    expect(seen.second?.at).toBeGreaterThan(since);
    expect(seen.rps).toBeGreaterThan(0);
    return seen;
  });

interface Explained {
  readonly counsel: {
    readonly weighed: { readonly learnedAtMs: number } | null;
    readonly heard: readonly {
      readonly advisor: string;
      readonly advice?: { readonly because: string };
      readonly silent?: string;
    }[];
  };
}

interface Decisions {
  readonly items: readonly { readonly id: number; readonly at: number }[];
}

test('killed or frozen under load it hurts nobody, and goes on where its store ends', async () => {
  const load = await shop().load({ peakRps: 60 });
  await decides(0);
  const { epoch } = await shop().control.layout();
  const before = await assertEventually('a decision is stored', async () => {
    const [first] = (await ask<Decisions>('/v1/decisions?limit=1')).items;
    if (!first) throw new Error('none yet');
    return first;
  });
  await assertEventually(
    'the optimiser has learned what the shop costs, and speaks or says what it still waits for',
    async () => {
      const [newest] = (await ask<Decisions>('/v1/decisions?limit=1')).items;
      const { counsel } = await ask<Explained>(`/v1/explain/${newest?.id}`);
      const said = counsel.heard.find(({ advisor }) => advisor === 'optimiser');
      expect(counsel.weighed).not.toBeNull();
      // Six windows of ten seconds without a gap are long for a test, and too many on a busy machine.
      expect(said?.advice?.because ?? said?.silent).toMatch(
        /J [\d.]+ = 1 × L [\d.]+ \+ 1 × C [\d.]+ \+ 1 × R [\d.]+$|^no layout keeps the intent |^latency was measured in \d of 6 windows /,
      );
    },
    { withinMs: 60_000 },
  );
  const row = await shop().process('brain');

  await signalProcess(row, 'SIGSTOP');
  await load.served(60);
  const thawedAt = Date.now();
  await signalProcess(row, 'SIGCONT');
  await decides(thawedAt);

  const killedAt = Date.now();
  await kill(row);
  const after = await shop().replaced(row);
  expect(after.pid).not.toBe(row.pid);
  await decides(killedAt);
  const first = await assertEventually('it has stored what it decided then', async () => {
    const { items } = await ask<Decisions>('/v1/decisions?limit=100');
    expect(items.map(({ id }) => id)).toContain(before.id);
    const found = items.findLast(({ at }) => at > killedAt);
    if (!found) throw new Error('none yet');
    return found;
  });
  const { weighed } = (await ask<Explained>(`/v1/explain/${first.id}`)).counsel;
  expect(weighed?.learnedAtMs, 'it knew the costs at once, from before').toBeLessThan(killedAt);

  await load.stop();
  expect(load.failures).toEqual([]);
  expect((await shop().control.layout()).epoch).toBe(epoch);
});
