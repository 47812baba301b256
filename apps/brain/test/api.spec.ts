import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { fingerprintOf } from '@atlas/control-api/operator';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Answers } from '../src/api/answers.ts';
import { ROUTES } from '../src/api/routes.ts';
import { startServer, type RunningServer } from '../src/api/server.ts';
import { WATCHING } from '../src/watch/autonomy.ts';
import type { Mind } from '../src/watch/mind.ts';
import { UNSAID, type Thought } from '../src/watch/thought.ts';
import { misfit } from './document.ts';
import { MemoryBrainStore, newCouncil, newMind, POLICY, seen, TIGHT } from './scene.ts';

const TOKEN = 'operator-token-of-the-test';
let server: RunningServer;
let store: MemoryBrainStore;
let mind: Mind;
const defects: unknown[] = [];

beforeEach(async () => {
  store = new MemoryBrainStore();
  mind = newMind();
  const watch = {
    whatIf: async (...changes: Parameters<Mind['imagine']>) => {
      const thought = mind.imagine(...changes);
      return thought && explained(thought);
    },
    health: () => ({
      second: null,
      switcher: { contact: true },
      store: { contact: true, waitingSeconds: 0 },
      ...{
        autonomy: WATCHING,
        outcome: null,
        heard: [{ advisor: 'optimiser', advice: undefined, silent: 'has no costs' }],
      },
    }),
  };
  const answers = new Answers({ mind, watch, store, policy: POLICY });
  server = await startServer({
    answers,
    operatorFingerprint: fingerprintOf(TOKEN),
    metrics: { contentType: 'text/plain', expose: () => Promise.resolve('atlas_brain_level 0\n') },
    port: 0,
    defect: (error) => defects.push(error),
  });
});
afterEach(async () => {
  await server.close();
  expect(defects.splice(0)).toEqual([]);
});

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  const told = { status: response.status, type: response.headers.get('content-type'), answer };
  expect(misfit({ method, path, ...told })).toBeUndefined();
  return told;
}

const explained = (thought: Thought) =>
  mind.explained(thought, UNSAID, (other) => newCouncil().choose(other));

async function thinks(): Promise<void> {
  for (let minute = 0; minute < 10; minute += 1) mind.memory.remember(seen(minute * 60_000, 100));
  const thought = mind.consider(seen(600_000, 100), TIGHT);
  if (thought) await store.addDecision(await explained(thought));
}

test('every address wants the operator token', async () => {
  for (const { method, path } of ROUTES) {
    const { status, answer } = await ask(method.toUpperCase(), path, undefined, {
      authorization: 'Bearer wrong',
    });
    expect([status, answer['code']]).toEqual([401, 'unauthorized']);
  }
});

test('metrics want none, as those of hosts', async () => {
  const answer = await fetch(`${server.url}/metrics`);
  expect([answer.status, await answer.text()]).toEqual([200, 'atlas_brain_level 0\n']);
});

test('the document names every address, and the brain answers to it', async () => {
  const { answer } = await ask('GET', '/v1/openapi.json');
  const paths = Object.keys(answer['paths'] as object);
  expect(paths).toEqual([...new Set(ROUTES.map(({ path }) => path))]);
});

test('the status says what each advisor said last, silence with its reason', async () => {
  expect(await ask('GET', '/v1/status')).toMatchObject({
    status: 200,
    answer: { advisors: [{ advisor: 'optimiser', advises: false, because: 'has no costs' }] },
  });
});

test('forecasts name their minute and their bands; before the first minute nothing is known', async () => {
  expect(await ask('GET', '/v1/forecast')).toMatchObject({ status: 503, answer: { code: 'nothing_known' } });
  await thinks();
  const { answer } = await ask('GET', '/v1/forecast');
  expect(answer).toMatchObject({
    series: { total: [{ horizonMin: 5, at: '1970-01-01T00:14:00.000Z' }, {}, {}], cart: [{}, {}, {}] },
  });
});

test('what was expected of minutes that are over by now is no forecast', async () => {
  await thinks();
  mind.consider(seen(20 * 60_000, 100), TIGHT);
  const { answer } = await ask('GET', '/v1/forecast');
  expect(answer).toMatchObject({ series: { total: [{ horizonMin: 15 }, { horizonMin: 60 }] } });
  mind.consider(seen(3 * 86_400_000, 100), TIGHT);
  expect(await ask('GET', '/v1/forecast')).toMatchObject({ status: 503, answer: { code: 'nothing_known' } });
});

test('decisions are listed and explained', async () => {
  await thinks();
  expect(await ask('GET', '/v1/decisions?limit=1')).toMatchObject({
    answer: {
      items: [{ id: 1, rule: 'stay', because: 'the shop stays on tight', rps: 100, epoch: 3, level: 0 }],
    },
  });
  const { answer } = await ask('GET', '/v1/explain/1');
  expect(answer).toMatchObject({
    id: 1,
    policy: 'paper',
    observation: { rps: 100 },
    otherwise: ['in5Rps', 'rps', 'in15Rps', 'anomaly', 'strain'].map((input) => ({ input })),
  });
  for (const id of ['2', 'x', '99999999999'])
    expect(await ask('GET', `/v1/explain/${id}`)).toMatchObject({
      status: 404,
      answer: { code: 'decision_not_found' },
    });
});

test('what-if answers without doing anything', async () => {
  expect(await ask('POST', '/v1/what-if', {})).toMatchObject({
    status: 503,
    answer: { code: 'nothing_known' },
  });
  await thinks();
  expect(await ask('POST', '/v1/what-if', { rps: 4_000, anomaly: 0.8 })).toMatchObject({
    status: 200,
    answer: { decision: { rule: 'anomaly', proposal: { kind: 'move', source: 'emergency' } } },
  });
  expect(store.kept.decisions).toHaveLength(1);
});

test('a sale is kept, listed, known to the forecast, and struck', async () => {
  await thinks();
  const sale = { from: '1970-01-01T00:14:00Z', minutes: 60, times: 8 };
  expect(await ask('POST', '/v1/calendar', sale)).toMatchObject({
    status: 201,
    answer: { id: 1, times: 8, minutes: 60 },
  });
  const { answer } = await ask('GET', '/v1/forecast');
  const [soon] = (answer['series'] as { total: { rps: number }[] }).total;
  expect(soon?.rps).toBeCloseTo(800, -1);
  expect(await ask('GET', '/v1/calendar')).toMatchObject({
    answer: { items: [{ from: '1970-01-01T00:14:00.000Z' }] },
  });
  expect(await ask('DELETE', '/v1/calendar/1')).toMatchObject({ status: 200, answer: { struck: 1 } });
  expect(await ask('DELETE', '/v1/calendar/1')).toMatchObject({
    status: 404,
    answer: { code: 'sale_not_found' },
  });
});

test('a change of sales is told as it was stored, and read again where the store went away meanwhile', async () => {
  await thinks();
  mind.memory.know(await store.sales());
  const sale = { from: '1970-01-01T00:14:00Z', minutes: 60, times: 8 };
  const { addSale, strikeSale } = store;
  const awayAfter = async <T>(work: Promise<T>): Promise<T> => {
    const done = await work;
    store.away = true;
    return done;
  };
  store.addSale = (...args) => awayAfter(addSale(...args));
  store.strikeSale = (...args) => awayAfter(strikeSale(...args));
  expect(await ask('POST', '/v1/calendar', sale)).toMatchObject({ status: 201, answer: { id: 1 } });
  expect(mind.memory.knowsSales).toBe(false);
  store.away = false;
  mind.memory.know(await store.sales());
  expect(await ask('DELETE', '/v1/calendar/1')).toMatchObject({ status: 200, answer: { struck: 1 } });
  expect(mind.memory.knowsSales).toBe(false);
});

test.each([
  ['POST', '/v1/what-if', { rps: -1 }],
  ['POST', '/v1/what-if', { rps: 'much' }],
  ['POST', '/v1/what-if', { unknown: 1 }],
  ['POST', '/v1/what-if', '{'],
  ['POST', '/v1/what-if', []],
  ['POST', '/v1/what-if', 'null'],
  ['POST', '/v1/calendar', {}],
  ['POST', '/v1/calendar', { from: '2026-13-45T00:00Z', minutes: 1, times: 2 }],
  ['POST', '/v1/calendar', { from: '2026-02-30T00:00Z', minutes: 1, times: 2 }],
  ['POST', '/v1/calendar', { from: 'tomorrow', minutes: 1, times: 2 }],
  ['POST', '/v1/calendar', { from: '9999-01-01T00:00Z', minutes: 1, times: 2 }],
  ['POST', '/v1/calendar', { from: '2026-11-27T00:00Z', minutes: 0, times: 2 }],
  ['GET', '/v1/decisions?limit=0', undefined],
  ['GET', '/v1/decisions?other=1', undefined],
])('%s %s %j is refused as invalid', async (method, path, body) => {
  await thinks();
  const { status, type, answer } = await ask(method, path, body);
  expect([status, answer['code']]).toEqual([400, 'invalid_request']);
  expect(type).toContain('application/problem+json');
});

test('what if a module crashed that there is not, is not answered', async () => {
  await thinks();
  expect(await ask('POST', '/v1/what-if', { crashed: ['cart', 'carts'] })).toMatchObject({
    ...{ status: 404, answer: { code: 'module_not_found', detail: 'crashed: there is no module "carts"' } },
  });
});

test('wrong methods, addresses, types and sizes are told apart', async () => {
  expect(await ask('GET', '/v1/what-if')).toMatchObject({ status: 405 });
  expect(await ask('QUERY', '/v1/calendar/1')).toMatchObject({ status: 405 });
  expect(await ask('GET', '/v1/nothing')).toMatchObject({ status: 404, answer: { code: 'not_found' } });
  expect(await ask('POST', '/v1/what-if', 'x', { 'content-type': 'text/plain' })).toMatchObject({
    status: 415,
  });
  expect(await ask('POST', '/v1/what-if', { crashed: ['x'.repeat(20_000)] })).toMatchObject({ status: 413 });
});

test('nobody holds a connection for long by a request that does not end', async () => {
  const waits: unknown[] = [];
  const note = (message: unknown): void => {
    const { headersTimeout, requestTimeout } = (message as { server: Server }).server;
    waits.push({ headersTimeout, requestTimeout });
  };
  subscribe('http.server.request.start', note);
  await ask('GET', '/v1/status');
  unsubscribe('http.server.request.start', note);
  // Node gives a body the longer of the two.
  expect(waits).toEqual([{ headersTimeout: 10_000, requestTimeout: 10_000 }]);
});

test('without its store it says so, and still knows the present', async () => {
  await thinks();
  store.away = true;
  for (const path of ['/v1/decisions', '/v1/explain/1', '/v1/calendar'])
    expect(await ask('GET', path)).toMatchObject({ status: 503, answer: { code: 'store_unavailable' } });
  expect(await ask('GET', '/v1/status')).toMatchObject({ status: 200, answer: { level: 0, deciding: true } });
});
