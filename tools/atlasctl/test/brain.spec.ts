import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MOST_SALES } from '@atlas/brain-api/limits';
import { updateRunFile } from '@atlas/platform-stack';
import { beforeEach, expect, it } from 'vitest';
import { EXIT } from '../src/exit-codes.ts';
import { DECISION } from './decision.ts';
import { eachTestHasScene, problem } from './scene.ts';

const { at, answers, asked, ctl } = eachTestHasScene();

beforeEach(() => updateRunFile(at.home, (document) => ({ ...document, brainUrl: at.url })));

it('says in one line that there is none, or that it is gone', async () => {
  await updateRunFile(at.home, (document) => ({ ...document, brainUrl: 'http://127.0.0.1:9' }));
  expect((await ctl('forecast')).err).toMatch(/^atlasctl: the brain at .* cannot be reached/);
  await updateRunFile(at.home, ({ brainUrl: _, ...document }) => document);
  expect(await ctl('forecast')).toMatchObject({
    code: EXIT.error,
    err: expect.stringContaining('no brain runs') as string,
  });
});

it('shows forecasts with their bands', async () => {
  const told = {
    ...{ horizonMin: 5, at: '2026-11-25T12:00:00.000Z', rps: 412.4 },
    ...{ band80: { low: 300, high: 500 }, band95: { low: 8.25, high: 600 } },
    experts: [{ name: 'trend', rps: 412, weight: 0.42 }],
  };
  answers['GET /v1/forecast'] = () => ({ body: { series: { total: [told] } } });
  expect((await ctl('forecast')).out).toMatch(
    /total +5 min +[\d:]+ +412 +300 to 500 +8\.3 to 600 +trend 42 %/,
  );
  expect(JSON.parse((await ctl('forecast', '--json')).out)).toEqual({ series: { total: [told] } });
});

it('explains the newest decision, or the one that is asked for', async () => {
  answers['GET /v1/decisions?limit=1'] = () => ({ body: { items: [{ id: 7 }] } });
  answers['GET /v1/explain/7'] = () => ({ body: DECISION });
  for (const args of [['explain'], ['explain', '7']]) {
    const { code, out } = await ctl(...args);
    expect(code).toBe(EXIT.done);
    expect(out).toMatch(/^decision 7, [\d:]+: rise · proposes services: cart ×2 · level 1/);
    expect(out).toContain('1200 requests/s now, 1300 in 5 min, 9.5 in 15');
    expect(out).toContain('● rise  1300 requests/s within 5 minutes');
    expect(out).toContain(
      'the switcher would start cart-0 and stop nothing\nthe switcher would refuse: no room',
    );
    expect(out).toMatch(/● table +50 % +the rules above/);
    expect(out).toMatch(/○ optimiser +25 % +silent: has no costs yet/);
    expect(out).toMatch(/p99 predicted 12 ms, measured 30 ms: forecast −0\.1/);
    expect(out).toMatch(/○ forecast +25 % +all in 2 bundles: up to 900/);
    expect(out).toContain('experts for 5 min: trend 42 %');
    expect(out).toContain('it waits for approval: atlasctl approve p-1');
    expect(out).toContain('an operator holds the brain until 2026-11-25T12:00:00.000Z');
    expect(out).toContain('guardrail: 2 hosts, at most 1');
    expect(out).toContain('otherwise: rps 999 → stay');
    expect(out).toContain('otherwise: crashed none → rise to hybrid');
  }
  answers['GET /v1/decisions?limit=1'] = () => ({ body: { items: [] } });
  expect((await ctl('explain')).err).toBe('atlasctl: the brain has decided nothing yet');
});

it('shows the costs that the optimiser weighed, aligned', async () => {
  answers['GET /v1/explain/7'] = () => ({ body: DECISION });
  const { out } = await ctl('explain', '7');
  const from = out.indexOf('costs learned at ');
  expect(out.slice(from).split('\n').slice(1, 7)).toEqual([
    '  edge     0.41 ms    calls cart 0.8, catalog 1.3',
    '  cart     2.5 ms     sum 0.25 × 4 ms, put 0.25 × 3 ms, pay 0.25 × 2 ms, 2 more; calls catalog 0.04; crashes 0.033 a day',
    '  catalog  0.1 ms     get 0.5 × 0.2 ms; crashes 0.1 a day',
    '  a call   0.0005 ms  remote 0.05 + 0.06 ms and 0.2 ms on the way',
    '  besides  123 ms     that no layout changes; p99 is 4.6 × the mean',
    '  latency: p99 145 ms measured, 139 ms by the model, in the middle of 27 windows',
  ]);
});

it('asks what would be, with what is given and nothing else', async () => {
  const { id: _id, at: _at, ...imagined } = DECISION;
  answers['POST /v1/what-if'] = () => ({ body: imagined });
  const { out } = await ctl('what-if', '--rps', '4000', '--anomaly', '0.8', '--crashed', 'cart,catalog');
  expect(asked.at(-1)?.body).toEqual({ rps: 4_000, anomaly: 0.8, crashed: ['cart', 'catalog'] });
  expect(out).toMatch(/^it would decide: rise · proposes services: cart ×2 · policy paper\n/);
});

it('lists, adds and strikes sales', async () => {
  const sale = { id: 2, from: '2026-11-27T00:00:00.000Z', minutes: 120, times: 8 };
  answers['GET /v1/calendar'] = () => ({ body: { items: [sale] } });
  answers['POST /v1/calendar'] = () => ({ status: 201, body: sale });
  answers['DELETE /v1/calendar/2'] = () => ({ body: { struck: 2 } });
  expect((await ctl('calendar')).out).toMatch(/2 +2026-11-27T00:00Z +120 min +×8/);
  const added = await ctl('calendar', 'add', '2026-11-27T00:00Z', '--for', '2h', '--times', '8');
  expect(asked.at(-1)?.body).toEqual({ from: '2026-11-27T00:00Z', minutes: 120, times: 8 });
  expect(added.out).toBe('sale 2 · 2026-11-27T00:00Z · 120 min · ×8');
  expect((await ctl('calendar', 'remove', '2')).out).toBe('sale 2 is struck');
});

const year = new Date().getUTCFullYear() + 1;

/** A calendar of three days; the first is worth eight times, and has a title. */
async function threeDays(): Promise<string> {
  const file = join(at.home, 'sales.ics');
  const event = (uid: string, day: string, ...more: string[]): string[] => [
    ...['BEGIN:VEVENT', `UID:${uid}`, `DTSTART:${day}T080000Z`, 'DURATION:PT2H', ...more, 'END:VEVENT'],
  ];
  const lines = [
    ...event('a', `${year}0105`, 'SUMMARY:Winter', 'X-ATLAS-TIMES:8'),
    ...event('b', `${year}0106`),
    ...event('c', `${year}0107`),
  ];
  await appendFile(file, ['BEGIN:VCALENDAR', ...lines, 'END:VCALENDAR'].join('\r\n'));
  return file;
}
const saleOn = (day: string) => ({
  ...{ id: 1, from: `${year}-01-${day}T08:00:00.000Z`, minutes: 120, times: 3 },
});

it('imports what is coming of an iCalendar file, and nothing twice', async () => {
  const file = await threeDays();
  const items = [saleOn('06'), saleOn('07')];
  answers['GET /v1/calendar'] = () => ({ body: { items } });
  answers['POST /v1/calendar'] = () => ({ status: 201, body: items[0] });
  const tried = await ctl('calendar', 'import', file, '--times', '3', '--dry-run');
  expect(tried.out).toMatch(/T08:00Z +120 min +×8 +Winter\n1 sales to be added, 2 known before$/);
  expect(asked.map(({ method }) => method)).toEqual(['GET']);
  const added = await ctl('calendar', 'import', file, '--times', '3');
  expect(added).toMatchObject({ code: EXIT.done });
  expect(asked.at(-1)?.body).toEqual({ from: `${year}-01-05T08:00:00.000Z`, minutes: 120, times: 8 });
  expect(asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
});

it('says how many sales were added, and how many not, when the calendar is full in the middle', async () => {
  const file = await threeDays();
  answers['GET /v1/calendar'] = () => ({ body: { items: [] } });
  let room = 2;
  answers['POST /v1/calendar'] = () => {
    room -= 1;
    return room < 0 ? problem(422, 'too_many_sales')() : { status: 201, body: saleOn('05') };
  };
  const full = await ctl('calendar', 'import', file, '--json');
  expect(full).toMatchObject({
    code: EXIT.error,
    err: 'atlasctl: 1 sales were not added: it is too_many_sales (too_many_sales)',
  });
  expect(JSON.parse(full.out)).toMatchObject({ added: [{}, {}], notAdded: [{ from: saleOn('07').from }] });
});

it('says beforehand how many sales would not fit', async () => {
  const file = await threeDays();
  const items = Array.from({ length: MOST_SALES - 1 }, (_, i) => ({ ...saleOn('01'), times: i + 9 }));
  answers['GET /v1/calendar'] = () => ({ body: { items } });
  expect(await ctl('calendar', 'import', file, '--dry-run')).toMatchObject({
    code: EXIT.error,
    out: expect.stringMatching(/1 sales to be added, 0 known before$/) as string,
    err: 'atlasctl: 2 sales would not be added: the calendar holds 1000 sales at most',
  });
});

it.each([
  [['calendar', 'import', '/nowhere.ics']],
  [['calendar', 'import', 'package.json']],
  [['calendar', 'import', 'x.ics', '--zone', 'Mars']],
  [['what-if', '--rps', '-1']],
  [['what-if', '--anomaly', '2']],
  [['what-if', '--crashed', 'A,']],
  [['calendar', 'add', '2026-11-27T00:00Z', '--for', '2y', '--times', '8']],
  [['calendar', 'add', '2026-11-27T00:00Z']],
  [['forecast', '--unknown']],
])('%j is wrong usage, in one line', async (args) => {
  const { code, err } = await ctl(...args);
  expect(code).toBe(EXIT.usage);
  expect(err.split('\n')).toHaveLength(1);
});
