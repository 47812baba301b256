import { optimiserAdvisor } from '@atlas/brain-advisors';
import { PAPER } from '@atlas/brain-decision';
import { expect, test } from 'vitest';
import { Answers } from '../src/api/answers.ts';
import { ROUTES } from '../src/api/routes.ts';
import { Council } from '../src/watch/council.ts';
import type { StoredThought } from '../src/watch/thought.ts';
import { misfitOf } from './document.ts';
import { loop, type Mood } from './loop.ts';
import { KNOWN, newMind, POLICY } from './scene.ts';

/** A stormy afternoon: load, the switcher's mood, the level, seconds. */
const LIFE: readonly (readonly [number, Mood, number, number])[] = [
  ...[[200, 'well', 3, 70] as const, [2_000, 'well', 0, 5] as const, [2_000, 'refuses', 4, 5] as const],
  ...[[2_000, 'well', 1, 200] as const, [9_000, 'deaf', 4, 5] as const, [9_000, 'well', 4, 400] as const],
];

test('no answer may be anything: each names its fields', () => {
  for (const { answer, method, path } of ROUTES)
    expect(Object.keys((answer['properties'] as object | undefined) ?? {}), `${method} ${path}`).not.toEqual(
      [],
    );
});

test('whatever the brain goes through, it answers as its document says', async () => {
  const silent = { name: 'silent', advise: () => Promise.reject(new Error('no model')) };
  const advisors = [optimiserAdvisor(() => KNOWN), silent];
  const council = new Council({ advisors, known: () => KNOWN, policy: PAPER });
  const mind = newMind();
  const { world, switcher, seconds, store, watch, now } = loop({ mind, council });
  const answers = new Answers({ mind, watch, store, policy: POLICY });
  const misfits: (string | undefined)[] = [];
  mind.memory.know([{ fromMin: now.wallMs / 60_000 + 10, lengthMin: 60, times: 8 }]);
  misfits.push(misfitOf('/v1/status', answers.status()));
  for (const [rps, mood, level, count] of LIFE) {
    world.rps = rps;
    switcher.mood = mood;
    switcher.set({ level });
    await seconds(count);
    misfits.push(misfitOf('/v1/status', answers.status()), misfitOf('/v1/forecast', answers.forecast()));
  }
  world.shop = false;
  switcher.set({ level: 4, frozen: { since: new Date(now.wallMs).toISOString(), reason: 'stocktaking' } });
  await seconds(2);
  misfits.push(misfitOf('/v1/status', answers.status()));
  await watch.stop();
  misfits.push(misfitOf('/v1/decisions', await answers.decisions(100)));
  for (const { id } of store.kept.decisions)
    misfits.push(misfitOf(`/v1/explain/${id}`, await answers.explain(String(id))));
  expect(misfits.filter(Boolean)).toEqual([]);
  const stored = store.kept.decisions.map(({ body }) => body as StoredThought);
  expect(new Set(stored.map(({ outcome }) => outcome?.kind))).toEqual(
    new Set([undefined, 'watched', 'waiting', 'refused', 'silent', 'accepted', 'warming']),
  );
  expect(stored.some(({ counsel }) => counsel?.judged)).toBe(true);
});

test('the document does not take what it does not name, and misses what it names', async () => {
  const { seconds, watch, mind, store } = loop();
  await seconds(3);
  const told = new Answers({ mind, watch, store, policy: POLICY }).status();
  expect(misfitOf('/v1/status', told)).toBeUndefined();
  expect(misfitOf('/v1/status', { ...told, mood: 'good' })).toContain('additional properties');
  expect(misfitOf('/v1/status', { ...told, second: { ...told.second, answers: {} } })).toContain('arrivals');
});
