import { expect, test } from 'vitest';
import { Collector, scrapes, type Target } from '../src/index.ts';
import { SHOP, target } from './scene.ts';
import { textOf } from './texts.ts';

test('C1: an answer that is late is missing now and taken in the round in which it is there; its process is asked once', async () => {
  const now = { wallMs: 0, steadyMs: 0 };
  const asked: ((text: string) => void)[] = [];
  const clocks = { wallMs: () => now.wallMs, steadyMs: () => now.steadyMs };
  const read = (): Promise<string> => new Promise((resolve) => asked.push(resolve));
  const collector = new Collector({
    bundle: 'shop',
    source: scrapes({ read, clocks }),
    clocks,
    patienceMs: 1,
  });
  const round = async (by: Target = SHOP) => {
    now.wallMs += 1_000;
    now.steadyMs += 1_000;
    const { covered, looks, flaws } = await collector.round([by]);
    return { covered, flaws: flaws.map(({ flaw }) => flaw), cpu: looks[0]?.rates.cpu };
  };
  const missing = { covered: false, flaws: ['missing'], cpu: undefined };
  const answer = async (text: string): Promise<void> => {
    asked.at(-1)?.(text);
    await Promise.resolve();
  };
  expect(await round()).toEqual(missing);
  await answer(textOf({ cpu: 1 }));
  expect(await round()).toMatchObject({ flaws: ['first'] });
  expect(await round()).toEqual(missing);
  expect(await round()).toEqual(missing);
  await answer(textOf({ cpu: 4 }));
  expect(asked).toHaveLength(2);
  expect(await round()).toEqual({ covered: true, flaws: [], cpu: 1 });
  expect(await round()).toEqual(missing);
  expect(await round(target('shop-0', 'shop', '2'))).toEqual(missing);
  expect(asked).toHaveLength(4);
});
