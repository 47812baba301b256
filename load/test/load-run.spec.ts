import type { IncomingMessage } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkLoadConfig } from '../src/load-config.ts';
import { LoadRun } from '../src/load-run.ts';
import type { LoadLine, RequestRecord, SummaryLine } from '../src/protocol.ts';
import { noLog, openRequestLog, readRequestLog } from '../src/request-log.ts';
import { connectShop } from '../src/shop-client.ts';
import { startFakeEdge, type FakeEdge, type FakeEdgeOptions } from './fake-edge.ts';

let folder: string;
let edge: FakeEdge | undefined;

beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'atlas-load-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(async () => {
  await edge?.close();
  edge = undefined;
});

interface Played {
  readonly summary: SummaryLine;
  readonly lines: readonly LoadLine[];
  readonly records: readonly RequestRecord[];
}

async function play(
  options: FakeEdgeOptions,
  given: Record<string, unknown> = {},
  act: (run: LoadRun, line: LoadLine) => void = () => undefined,
  atOnce: (run: LoadRun) => void = () => undefined,
): Promise<Played> {
  edge = await startFakeEdge(options);
  const logFile = join(folder, 'requests.jsonl');
  const config = checkLoadConfig({
    ...{ edgeUrl: edge.url, mode: 'steady', peakRps: 400, durationS: 0.5, thinkMs: 20, logFile },
    slowCard: false,
    ...given,
  });
  const lines: LoadLine[] = [];
  const log = await openRequestLog(logFile);
  const client = connectShop(config);
  const run: LoadRun = new LoadRun(config, {
    client,
    log,
    emit: (line) => {
      lines.push(line);
      act(run, line);
    },
  });
  const running = run.run();
  atOnce(run);
  const summary = await running;
  await Promise.all([log.close(), client.close()]);
  const records: RequestRecord[] = [];
  for await (const record of readRequestLog(logFile)) records.push(record);
  return { summary, lines, records };
}

/** Its orders are pending first, and asked for each second. */
const SLOW_CARD = { slowCard: true };
/** A busy machine comes to what a test waits for later. */
const UNTIL_STOPPED = { mode: 'continuous', durationS: 600 };
const stopAtFailure = (run: LoadRun, line: LoadLine): void => {
  if (line.type === 'failure') run.stop({ settles: false });
};
const stopAtPending =
  (settles: boolean) =>
  (run: LoadRun, line: LoadLine): void => {
    if (line.type === 'progress' && line.pendingOrders > 0) run.stop({ settles });
  };

describe('a run against a shop that works', () => {
  it('begins when it is told to, and not at all when it is stopped before', async () => {
    const startAtMs = Date.now() + 300;
    const { lines, records } = await play({}, { startAtMs, durationS: 0.3 });
    expect(lines.find(({ type }) => type === 'start')).toHaveProperty('at', expect.closeTo(startAtMs, -4));
    expect(records.every(({ scheduled }) => scheduled >= startAtMs)).toBe(true);
    const stopped = await play(
      {},
      { startAtMs: Date.now() + 3_600_000 },
      () => undefined,
      (run) => run.stop({ settles: true }),
    );
    expect(stopped.summary).toMatchObject({ requests: 0, stoppedEarly: true });
  });

  it('has no failure, writes every request down and follows pending orders to their end', async () => {
    const { summary, records } = await play({}, { ...UNTIL_STOPPED, ...SLOW_CARD }, stopAtPending(true));
    expect(summary.failures).toEqual({
      network: 0,
      timeout: 0,
      server_error: 0,
      unexpected_status: 0,
      wrong_answer: 0,
    });
    expect(summary.failed).toBe(0);
    expect(records).toHaveLength(summary.requests);
    expect(edge?.seen.filter((line) => !line.includes('limit=100'))).toHaveLength(summary.requests);
    expect(summary.orders.unsettled).toBe(0);
    expect(new Set(records.map((record) => record.rootId)).size).toBe(records.length);
    for (const record of records) {
      expect(record).toMatchObject({ epoch: 7, mode: 'tight', failed: false });
      expect(record.done).toBeGreaterThanOrEqual(record.sent);
    }
    const paid = new Map(records.filter((r) => r.totalCents !== null).map((r) => [r.orderId, r.totalCents]));
    expect(paid.size).toBe(edge?.orders.size);
    expect(summary.orders.pending).toBeGreaterThan(0);
    for (const [id, order] of edge?.orders ?? []) expect(paid.get(id)).toBe(order.totalCents);
  });

  it('keeps connections alive, and opens new ones where the shop closes them', async () => {
    const kept = await play({}, { connections: 10 });
    expect(edge?.connections()).toBeLessThan(kept.summary.requests / 4);
    await edge?.close();
    const closed = await play({ closes: true });
    expect(closed.summary.failed).toBe(0);
    expect(edge?.connections()).toBeGreaterThanOrEqual(closed.summary.requests);
  });

  it('calibrates first when the peak is left to it, and takes at most 300 requests per second', async () => {
    const { lines, summary } = await play({}, { peakRps: 'auto', calibrationS: 0.5, durationS: 0.5 });
    const calibration = lines.find((line) => line.type === 'calibration');
    expect(calibration?.rps).toBeGreaterThan(0);
    expect(summary.peakRps).toBe(Math.min(300, 0.4 * (calibration?.rps ?? 0)));
    expect(lines.map((line) => line.type).indexOf('start')).toBe(1);
  });

  it('tells its progress each second', async () => {
    const told: LoadLine[] = [];
    await play({}, { durationS: 600, peakRps: 100 }, (run, line) => {
      if (line.type === 'progress' && told.push(line) === 2) run.stop({ settles: false });
    });
    expect(told[1]).toMatchObject({ plannedRps: 100, epoch: 7, mode: 'tight', failed: 0 });
  });
});

describe('a run against a shop that does not work', () => {
  it('does not send less because answers are slow, and counts the waiting as latency', async () => {
    const { summary } = await play({ delayMs: () => 200 }, { peakRps: 300, durationS: 0.5, connections: 10 });
    // 10 connections of 0.2 s each answer 50 requests/s; 150 were due in half a second.
    expect(summary.requests).toBeGreaterThan(110);
    expect(summary.p99Ms).toBeGreaterThan(1_500);
    expect(summary.sendDelayP99Ms).toBeLessThan((summary.p99Ms ?? 0) / 2);
  });

  it('calibrates by what was served: quick refusals are no capacity', async () => {
    const refused = (_: IncomingMessage, nth: number) => (nth > 2 ? { status: 503, body: {} } : undefined);
    const { lines, summary } = await play(
      { fault: refused }, // but for the first look at the shelves
      { peakRps: 'auto', calibrationS: 0.5, durationS: 0.5 },
    );
    expect(lines.find(({ type }) => type === 'calibration')).toMatchObject({ rps: 0, p50Ms: null });
    expect(summary).toMatchObject({ peakRps: 1, failed: summary.requests });
    expect(summary.requests).toBeGreaterThan(0);
  });

  it('counts dropped connections as failures, once per attempt', async () => {
    const { summary, records } = await play({ fault: (_, nth) => (nth % 10 === 0 ? 'drop' : undefined) });
    expect(summary.failures.network).toBeGreaterThan(summary.requests / 20);
    expect(summary.failed).toBe(summary.failures.network);
    expect(records.filter((record) => record.failed && record.status === 0)).toHaveLength(summary.failed);
    expect(edge?.seen.filter((line) => !line.includes('limit=100'))).toHaveLength(summary.requests);
  });

  it('counts 5xx, unexpected statuses and silence as failures, and tells them one by one', async () => {
    const [carts, items] = [new Set<number>(), new Set<number>()];
    const seen = new Set<string>();
    const { summary, lines } = await play(
      {
        fault: (request, nth) => {
          if (request.url === '/api/carts' && carts.size < 5 && carts.add(nth))
            return { status: 503, body: { code: 'unavailable' } };
          if (request.url?.includes('/items/') && items.size < 5 && items.add(nth))
            return { status: 404, body: { code: 'cart_not_found' } };
          return undefined;
        },
        delayMs: (request) => (request.url?.includes('/api/orders/') ? 3_000 : 0),
      },
      { ...UNTIL_STOPPED, requestTimeoutMs: 500 },
      (run, line) => {
        if (line.type === 'failure' && seen.add(line.reason).size === 3) run.stop({ settles: false });
      },
    );
    expect(summary.failures.server_error).toBeGreaterThan(0);
    expect(summary.failures.unexpected_status).toBeGreaterThan(0);
    expect(summary.failures.timeout).toBeGreaterThan(0);
    const told = lines.filter((line) => line.type === 'failure');
    expect(told.length).toBe(Math.min(50, summary.failed));
    expect(told.map((line) => line.detail)).toContain('503 unavailable');
  });

  it('takes a declined card that is charged, and a good one that is refused, as failures', async () => {
    const fault = (request: IncomingMessage) =>
      request.url?.endsWith('/checkout') === true
        ? { status: 402, body: { code: 'card_declined' } }
        : undefined;
    const { summary } = await play({ fault }, UNTIL_STOPPED, stopAtFailure);
    expect(summary.failures.unexpected_status).toBeGreaterThan(0);
    expect(summary.failed).toBe(summary.cards['tok_ok']);
  });

  it('takes a paid order that is not paid any more as a wrong answer', async () => {
    const fault = (request: IncomingMessage) => {
      const id = /^\/api\/orders\/(.+)$/.exec(request.url ?? '')?.[1];
      const totalCents = id === undefined ? 0 : edge?.orders.get(id)?.totalCents;
      return id === undefined ? undefined : { status: 200, body: { id, status: 'cancelled', totalCents } };
    };
    const { summary } = await play({ fault }, UNTIL_STOPPED, stopAtFailure);
    expect(summary.failures.wrong_answer).toBe(summary.failed);
    expect(summary.failed).toBeGreaterThan(0);
  });

  it('does not start without a shop, without products or without its trace', async () => {
    await expect(play({ products: 0 })).rejects.toThrow('the shop has no products');
    await edge?.close();
    await expect(play({}, { mode: 'replay', trace: { file: 'none.csv', from: '', to: '' } })).rejects.toThrow(
      'none.csv',
    );
    const config = checkLoadConfig({ edgeUrl: 'http://127.0.0.1:1', mode: 'steady', peakRps: 1 });
    const client = connectShop(config);
    const run = new LoadRun(config, { client, log: noLog, emit: () => undefined });
    await expect(run.run()).rejects.toThrow('ECONNREFUSED');
    await client.close();
  });
});

describe('a run that is stopped', () => {
  it('ends early with a summary, and settles when asked to', async () => {
    const stopAtOnce = (run: LoadRun, line: LoadLine): void => {
      if (line.type === 'progress') run.stop({ settles: true });
    };
    const { summary, lines } = await play({}, { ...UNTIL_STOPPED, ...SLOW_CARD }, stopAtOnce);
    expect(summary.stoppedEarly).toBe(true);
    expect(summary.seconds).toBeLessThan(UNTIL_STOPPED.durationS);
    expect(summary.orders.unsettled).toBe(0);
    expect(lines.map((line) => line.type)).toContain('settling');
  });

  it('leaves pending orders when it is told not to settle', async () => {
    const given = { ...UNTIL_STOPPED, ...SLOW_CARD, settleS: 60 };
    const { summary } = await play({ fault: stillPending }, given, stopAtPending(false));
    expect(summary.orders.pending).toBeGreaterThan(0);
    expect(summary.orders.unsettled).toBeGreaterThan(0);
  });
});

it('a run follows orders that never end no longer than it is told to', async () => {
  const given = { ...UNTIL_STOPPED, ...SLOW_CARD, settleS: 1 };
  const { summary, records } = await play({ fault: stillPending }, given, stopAtPending(true));
  expect(records.some(({ phase }) => phase === 'settle')).toBe(true);
  expect(summary.orders.unsettled).toBeGreaterThan(0);
});

/** Keeps every order of the slow card pending. */
function stillPending(request: IncomingMessage) {
  const id = /^\/api\/orders\/(.+)$/.exec(request.url ?? '')?.[1];
  const order = edge?.orders.get(id ?? '');
  if (order === undefined || order.asksLeft === 0) return undefined;
  return { status: 200, body: { id, status: 'payment_pending', totalCents: order.totalCents } };
}
