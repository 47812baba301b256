import { firstTrust, optimiserAdvisor, type Advisor } from '@atlas/brain-advisors';
import { PAPER } from '@atlas/brain-decision';
import { predict } from '@atlas/brain-optimiser';
import { expect, test, vi } from 'vitest';
import { Answers } from '../src/api/answers.ts';
import { Council } from '../src/watch/council.ts';
import type { StoredThought, Thought } from '../src/watch/thought.ts';
import { loop } from './loop.ts';
import { KNOWN, newCouncil, newMind, POLICY, seen, TIGHT } from './scene.ts';

const LOOSE = {
  ...TIGHT.layout,
  placements: { cart: 'service', catalog: 'service' },
  instances: { bundle: 1, cart: 1, catalog: 1 },
} as const;
const says = (name: string, advise: Advisor['advise']): Advisor => ({ name, advise });
const loose = says('bold', () => ({ to: LOOSE, confidence: 1, because: 'so' }));

const thoughtAt = (at: number, rps: number): Thought => {
  const thought = newMind().consider(seen(at, rps), TIGHT);
  if (!thought) throw new Error('it thought nothing');
  return thought;
};

test('K2: a slow or failing advisor changes nothing that is said, and its silence explains the decision', async () => {
  const slow = says('slow', () => new Promise(() => undefined));
  const failing = says('failing', () => Promise.reject(new Error('no model')));
  const heard = async (advisors: readonly Advisor[]) => {
    const { world, switcher, store, watch, seconds } = loop({ council: newCouncil(advisors) });
    switcher.set({ level: 4 });
    world.rps = 500;
    await seconds(5);
    world.rps = 2_000;
    await seconds(10);
    await watch.stop();
    const stored = store.kept.decisions.map(({ body }) => body as StoredThought);
    return { said: switcher.heard, first: stored[0]?.counsel };
  };
  const alone = await heard([]);
  const together = await heard([slow, failing]);
  expect(alone.said).toHaveLength(1);
  expect(together.said).toEqual(alone.said);
  expect(together.first).toMatchObject({
    by: ['table'],
    heard: [
      { advisor: 'slow', silent: 'said nothing within 3 ms' },
      { advisor: 'failing', silent: 'failed: no model' },
    ],
  });
});

test('an advisor that has earned more trust than the table is heard, and the proposal says whose it is', async () => {
  const council = newCouncil([loose]);
  council.resume({ table: 0.3, bold: 0.7 });
  const { world, switcher, seconds, watch, mind, store } = loop({ council });
  switcher.set({ level: 4 });
  world.rps = 500;
  await seconds(5);
  expect(switcher.heard).toMatchObject([{ source: 'brain', to: LOOSE, reason: 'bold: so' }]);
  await watch.stop();
  const { items } = await new Answers({ mind, watch, store, policy: POLICY }).decisions();
  expect(items.at(-1)).toMatchObject({ rule: 'stay', proposal: { to: LOOSE }, because: 'bold: so' });
});

/** Stays below 700 requests/s, and is for loose from there on. */
const bold = says('bold', ({ seen: { rps, layout } }) => ({
  ...{ to: rps < 700 ? layout : LOOSE, confidence: 1 },
  because: 'so',
}));

test('what-if hears the advisors, and a decision says what change would have had them outweigh the table', async () => {
  const council = newCouncil([bold]);
  council.resume({ table: 0.3, bold: 0.7 });
  const { world, watch, store, asked, seconds } = loop({ council });
  world.rps = 500;
  await seconds(5);
  const hear = vi.spyOn(council, 'hear');
  const imagined = await watch.whatIf({ rps: 800 }, {});
  expect(hear).not.toHaveBeenCalled(); // K4
  expect(imagined).toMatchObject({
    decision: { rule: 'stay' },
    counsel: { proposal: { kind: 'move', to: LOOSE }, by: ['bold'] },
    plan: { refusals: ['no connections are left'] },
  });
  expect(asked).toEqual([LOOSE]);
  expect(imagined?.otherwise).toContainEqual({
    input: 'rps',
    value: 800,
    flipsAt: expect.any(Number),
    to: 'stay',
  });
  await watch.stop();
  const [first] = store.kept.decisions.map(({ body }) => body as StoredThought);
  expect(first).toMatchObject({ decision: { rule: 'stay' }, counsel: { by: ['table', 'bold'] } });
  expect(first?.otherwise).toContainEqual({
    input: 'rps',
    value: 500,
    flipsAt: 700,
    to: 'advisors to loose',
  });
});

test('a forecast that is asked for has its band with it', async () => {
  const { mind, watch, world, seconds } = loop();
  for (let minute = 0; minute < 30; minute += 1)
    mind.memory.remember(seen((30_000_000 - 30 + minute) * 60_000, 400 + 50 * (minute % 2)));
  world.rps = 400;
  await seconds(3);
  const { outlook, high } = mind.last ?? {};
  const imagined = await watch.whatIf({}, { in5Rps: 900 });
  expect(imagined?.high.in5Rps).toBeCloseTo((900 / (outlook?.in5Rps ?? 0)) * (high?.in5Rps ?? 0));
  expect(imagined?.high.in5Rps).toBeGreaterThan(900);
  expect(imagined?.high).toMatchObject({ in15Rps: high?.in15Rps, in60Rps: high?.in60Rps });
});

test('K1: in an emergency nobody is asked', async () => {
  const counsel = await newCouncil([loose]).hear(thoughtAt(0, 9_000), null);
  expect(counsel).toMatchObject({ proposal: { kind: 'move', source: 'emergency' }, heard: [] });
});

test('without costs the optimiser says so', async () => {
  const counsel = await newCouncil([optimiserAdvisor(() => undefined)]).hear(thoughtAt(0, 500), null);
  expect(counsel.heard).toEqual([
    { advisor: 'optimiser', advice: undefined, silent: 'has no costs yet: too little was answered' },
  ]);
});

/** The shop stays tight under 900 requests/s for five minutes and a second; the advice of the first is judged then. */
async function fiveMinutes(advisor: Advisor, p99Ms: number) {
  const council = new Council({ advisors: [advisor], known: () => KNOWN, policy: PAPER });
  const before = firstTrust(['bold']);
  for (let second = 0; second < 300; second += 1) {
    const { trust, judged } = await council.hear(thoughtAt(second * 1_000, 500), p99Ms);
    expect({ trust, judged }).toEqual({ trust: before, judged: null });
  }
  const counsel = await council.hear(thoughtAt(300_000, 500), p99Ms);
  expect((await council.hear(thoughtAt(301_000, 500), p99Ms)).trust).toEqual(counsel.trust);
  return { ...counsel, before: before['bold'] ?? 0, after: counsel.trust['bold'] ?? 0 };
}
const MODELLED = predict(TIGHT.layout, { ...KNOWN, rps: 500 }).p99Ms;

test('K4: what was only imagined teaches nothing', async () => {
  const [calm, busy] = [thoughtAt(0, 500), thoughtAt(0, 2_500)];
  const at = (thought: Thought, second: number): Thought => ({
    ...thought,
    observation: { ...thought.observation, atMs: second * 1_000 },
  });
  const lived = async (imagines: boolean) => {
    const council = new Council({ advisors: [loose], known: () => KNOWN, policy: PAPER });
    for (let second = 0; second < 300; second += 1) {
      await council.hear(at(calm, second), MODELLED);
      if (!imagines) continue;
      await council.weigh(at(busy, second));
      await council.choose(at(busy, second));
    }
    return council.hear(at(calm, 300), MODELLED);
  };
  const plain = await lived(false);
  expect(plain.judged).not.toBeNull();
  expect(await lived(true)).toEqual(plain);
});

test('K3: who advised what would have been worse than what came of the layout in force is trusted less', async () => {
  const { before, after, judged } = await fiveMinutes(loose, MODELLED);
  expect(after).toBeLessThan(before);
  expect(judged).toMatchObject({ atMs: 0, losses: { table: 0 } });
  expect(judged?.reliability).toBeCloseTo(1);
  expect(judged?.measuredMs).toBe(MODELLED);
});

test('K3: what was not tried earns no trust, however much better the model takes it for', async () => {
  const { before, after, judged } = await fiveMinutes(loose, 60_000);
  expect(judged?.losses).toEqual({ table: 0, bold: 0 });
  expect(after).toBeCloseTo(before);
});

test('K3: who was silent is not judged, and keeps its trust while others lose theirs', async () => {
  const silent = says('silent', () => 'has no costs yet');
  const council = new Council({ advisors: [loose, silent], known: () => KNOWN, policy: PAPER });
  for (let second = 0; second < 300; second += 1)
    await council.hear(thoughtAt(second * 1_000, 500), MODELLED);
  const { trust, judged } = await council.hear(thoughtAt(300_000, 500), MODELLED);
  expect(Object.keys(judged?.losses ?? {})).toEqual(['table', 'bold']);
  const first = firstTrust(['bold', 'silent']);
  expect(trust['bold']).toBeLessThan(first['bold'] ?? 0);
  expect(trust['silent']).toBe(first['silent']);
});

test('K3: a model that was not fitted to any latency judges nobody', async () => {
  const known = () => ({ ...KNOWN, fit: null });
  const council = new Council({ advisors: [loose], known, policy: PAPER });
  for (let second = 0; second < 301; second += 1)
    await council.hear(thoughtAt(second * 1_000, 500), MODELLED);
  expect((await council.hear(thoughtAt(301_000, 500), MODELLED)).judged).toBeNull();
});

test('K3: without costs, or after a clock that went back, trust stays as it was', async () => {
  const blind = newCouncil([loose]);
  for (let second = 0; second <= 301; second += 1) {
    const { trust, judged } = await blind.hear(thoughtAt(second * 1_000, 500), MODELLED);
    expect({ trust, judged }).toEqual({ trust: firstTrust(['bold']), judged: null });
  }
  const council = new Council({ advisors: [loose], known: () => KNOWN, policy: PAPER });
  await council.hear(thoughtAt(600_000, 900), 20);
  expect((await council.hear(thoughtAt(0, 900), 20)).trust).toEqual(firstTrust(['bold']));
});

test('trust is resumed, unless it is of others or makes no sense', async () => {
  const trusts = [{ table: 0.9, bold: 0.1 }, { table: 1 }, { table: NaN, bold: 0.5 }, undefined];
  const resumed = await Promise.all(
    trusts.map(async (trust) => {
      const council = newCouncil([loose]);
      council.resume(trust);
      return (await council.hear(thoughtAt(0, 500), null)).trust['table'];
    }),
  );
  expect(resumed).toEqual([0.9, 2 / 3, 2 / 3, 2 / 3]);
});
