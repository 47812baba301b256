import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readMinutes } from '../src/trace.ts';
import { parseScenario, readScenario, ScenarioSchema } from '../src/scenario.ts';

const folder = join(import.meta.dirname, '../scenarios');
const scenario = (steps: unknown): string => JSON.stringify({ name: 'test', steps });
const TRAFFIC = {
  ...{ trace: 'x.csv', from: '2001-01-03T12:00:00Z', to: '2001-01-03T13:00:00Z', speed: 60 },
};
const step = (at: unknown, target: unknown = { mode: 'tight' }): unknown => ({ at, target });

describe('the tour', () => {
  it('shows all six changes between two modes, two bundles, and ends as it began', async () => {
    const { steps } = await readScenario('tour', folder);
    const modes = ['tight', ...steps.map(({ target }) => ('mode' in target ? target.mode : ''))];
    const changes = modes.slice(1).map((to, i) => `${modes[i]}-${to}`);
    for (const from of ['tight', 'hybrid', 'loose']) {
      for (const to of ['tight', 'hybrid', 'loose'])
        if (from !== to) expect(changes).toContain(`${from}-${to}`);
    }
    expect(steps.some(({ target }) => target.instances?.['bundle'] === 2)).toBe(true);
    expect(modes.at(-1)).toBe('tight');
    expect(steps.every(({ at }) => at === 'afterPrevious' || at < 0.85)).toBe(true);
  });
});

describe('readScenario', () => {
  it('finds a scenario by name or by path', async () => {
    expect((await readScenario('calm', folder)).steps).toEqual([]);
    expect((await readScenario(join(folder, 'calm.json'), '/nowhere')).name).toBe('calm');
  });

  it('says which scenarios there are when it cannot find one', async () => {
    await expect(readScenario('nosuch', folder)).rejects.toThrow(
      /^no scenario "nosuch"; there are: calm, day-night, .*matchday, .*tour$/,
    );
    await expect(readScenario('./nosuch.json', folder)).rejects.toThrow('"./nosuch.json" cannot be read');
  });

  it.each(['matchday', 'flash-sale', 'sudden', 'day-night'])(
    'has a trace for %s, and days before it',
    async (name) => {
      const { traffic, steps } = await readScenario(name, folder);
      expect(steps).toEqual([]);
      const file = join(folder, '../traces', traffic?.trace ?? '');
      const [from, to] = [traffic?.from ?? '', traffic?.to ?? ''];
      const window = await readMinutes({ file, from, to });
      expect(window).toHaveLength((Date.parse(to) - Date.parse(from)) / 60_000);
      const past = await readMinutes({ file, from: traffic?.historyFrom ?? '', to: from });
      expect(past.length).toBeGreaterThanOrEqual(2 * 1_440);
      expect(past.at(-1)?.minute).toBe((window[0]?.minute ?? 0) - 1);
    },
  );

  it('publishes its schema', async () => {
    const published = JSON.parse(await readFile(join(folder, 'scenario.schema.json'), 'utf8')) as unknown;
    expect(published).toEqual(JSON.parse(JSON.stringify(ScenarioSchema)));
  });
});

describe('parseScenario', () => {
  it('takes modes, placements and instance counts', () => {
    const text = scenario([
      step(0),
      step('afterPrevious', { placements: { cart: 'service' }, instances: { bundle: 2, cart: 1 } }),
      step(1),
    ]);
    expect(parseScenario(text).steps).toHaveLength(3);
  });

  it.each([
    ['no JSON', '{', 'not JSON'],
    [
      'steps beside a controller',
      JSON.stringify({ name: 'x', steps: [step(0)], traffic: TRAFFIC }),
      'a controller moves the shape',
    ],
    [
      'a trace outside its folder',
      JSON.stringify({ name: 'x', steps: [], traffic: { ...TRAFFIC, trace: '../x.csv' } }),
      '/traffic/trace',
    ],
    [
      'a speed that leaves minutes out',
      JSON.stringify({ name: 'x', steps: [], traffic: { ...TRAFFIC, speed: 61 } }),
      '/traffic/speed',
    ],
    [
      'a day that no month has',
      JSON.stringify({ name: 'x', steps: [], traffic: { ...TRAFFIC, to: '2001-01-32T13:00:00Z' } }),
      '/traffic/to',
    ],
    [
      'a day that this month has not',
      JSON.stringify({ name: 'x', steps: [], traffic: { ...TRAFFIC, from: '2001-02-30T11:00:00Z' } }),
      '/traffic/from',
    ],
    [
      'a sale at no time',
      JSON.stringify({
        ...{ name: 'x', steps: [] },
        traffic: { ...TRAFFIC, sales: [{ from: '2001-13-03T12:00:00Z', minutes: 5, times: 2 }] },
      }),
      '/traffic/sales/0/from',
    ],
    ['an unknown key', JSON.stringify({ name: 'x', steps: [], speed: 2 }), '/speed'],
    ['an unknown mode', scenario([step(0, { mode: 'wild' })]), '/steps/0/target'],
    [
      'mode and placements together',
      scenario([step(0, { mode: 'tight', placements: {} })]),
      '/steps/0/target',
    ],
    ['a time outside the replay', scenario([step(1.5)]), '/steps/0/at'],
    ['a time that runs backwards', scenario([step(0.5), step('afterPrevious'), step(0.4)]), '/steps/2/at'],
    ['a first step after the previous one', scenario([step('afterPrevious')]), '/steps/0/at'],
    ['no instances', scenario([step(0, { mode: 'tight', instances: { bundle: 0 } })]), '/steps/0/target'],
  ])('refuses %s, naming the place', (_, text, place) => {
    expect(() => parseScenario(text)).toThrow(place);
  });
});
