import { appendFile, chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditHash, GENESIS_HASH } from '@atlas/control-store';
import { ownIdentity, runFilePath, updateRunFile } from '@atlas/platform-stack';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../src/cli.ts';
import { logLine } from '../src/commands/logs.ts';
import { runWatch, serverEvents } from '../src/commands/watching.ts';
import { ControlClient } from '../src/control-client.ts';
import { EXIT } from '../src/exit-codes.ts';

const TOKEN = 'operator-token-of-the-test';

const SWITCH = {
  id: 'sw-1',
  kind: 'switch',
  source: 'operator',
  reason: 'busy',
  phase: 'planned',
  outcome: null as string | null,
  done: false,
  fromEpoch: 1,
  epoch: null,
  from: 'tight',
  to: 'hybrid',
  prepareMs: null,
  routedMs: null,
  drainMs: null,
  decidedAt: 1_000,
  abort: null as { code: string; detail: string } | null,
};
const STATUS = {
  layout: { placements: { cart: 'service', catalog: 'bundle' }, instances: { bundle: 2, cart: 1 } },
  mode: 'hybrid',
  epoch: 4,
  preparedEpoch: null,
  liveEpochs: [3, 4],
  hosts: [
    {
      instance: 'shop-0',
      nonce: 'a',
      pid: 12,
      health: 'ready',
      stopping: false,
      rpc: '127.0.0.1:1',
      acked: [3, 4],
      roots: { '3': 2 },
      rssMb: 90.4,
    },
  ],
  switches: [],
  frozen: false,
  autonomy: { level: 4, effective: 4, heldUntil: null, frozen: null },
  prewarm: null,
  leader: { holder: 'h', leads: true },
  store: { contact: true, ageMs: 3 },
};

const AUTONOMY = {
  level: 4,
  effective: 1,
  heldUntil: '2026-11-25T12:00:00.000Z',
  frozen: { since: '2026-11-25T11:00:00.000Z', reason: 'stocktaking' },
};
const PROPOSAL = {
  ...{ id: 'sw-9', at: '1970-01-01T00:00:02.000Z', expiresAt: '1970-01-01T00:10:02.000Z', source: 'brain' },
  ...{ reason: 'a surge comes', guardrails: ['too dear'], basedOnEpoch: 4, state: 'waiting' },
  target: {
    ...{ mode: 'hybrid', placements: { cart: 'service', catalog: 'bundle' }, canary: {}, configVersion: 1 },
    instances: { bundle: 2, cart: 3 },
  },
};

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

describe('atlasctl', () => {
  let home: string;
  let server: Server;
  let url: string;
  /** What the fake switcher answers, by `METHOD path`; called anew each time. */
  let answers: Record<string, (response: ServerResponse) => { status?: number; body: unknown } | undefined>;
  const asked: Asked[] = [];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { method = '', url: path = '' } = request;
    asked.push({ method, path, body: text === '' ? undefined : JSON.parse(text) });
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      response.writeHead(401).end('{}');
      return;
    }
    const make = answers[`${method} ${path}`];
    const made = make ? make(response) : { status: 404, body: { code: 'not_found', detail: 'nothing here' } };
    if (made) response.writeHead(made.status ?? 200).end(JSON.stringify(made.body));
  }

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'atlas-ctl-'));
    answers = {};
    asked.length = 0;
    server = createServer((request, response) => void answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
    const own = await ownIdentity();
    await updateRunFile(home, () => ({
      edgeUrl: url,
      controlUrl: url,
      operatorToken: TOKEN,
      acquirerUrl: url,
      postgresUrl: url.replace('http', 'postgres'),
      processes: [{ app: 'shop', instance: 'shop-0', rpc: url.slice('http://'.length), ...own }],
    }));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(home, { recursive: true, force: true });
  });

  async function ctl(...args: string[]) {
    const out: string[] = [];
    const err: string[] = [];
    const output = { line: (text: string) => out.push(text), problem: (text: string) => err.push(text) };
    const code = await run(args, {
      env: { ATLAS_HOME: home },
      cwd: home,
      output,
      signal: AbortSignal.timeout(10_000),
    });
    return { code, out: out.join('\n'), err: err.join('\n') };
  }
  const problem = (status: number, code: string) => () => ({
    status,
    body: { code, detail: `it is ${code}` },
  });

  it('says in one line that nothing runs', async () => {
    await rm(runFilePath(home));
    const told = await ctl('status');
    expect(told).toMatchObject({ code: EXIT.error, out: '' });
    expect(told.err).toMatch(/^atlasctl: nothing runs in .*npm start`$/);
  });

  it('says in one line that the switcher is gone, though the run file is still there', async () => {
    await updateRunFile(home, (document) => ({ ...document, controlUrl: 'http://127.0.0.1:9' }));
    const told = await ctl('status');
    expect(told.code).toBe(EXIT.error);
    expect(told.err).toMatch(/^atlasctl: the switcher at .* cannot be reached/);
    expect(told.err.split('\n')).toHaveLength(1);
  });

  describe('of the brain', () => {
    const COSTS = {
      edgeCpuMs: 0.412,
      modules: {
        catalog: { operations: { get: { perRoot: 0.5, cpuMs: 0.2 } }, crashesPerDay: 0.1 },
        cart: {
          operations: Object.fromEntries(
            ['add', 'get', 'pay', 'put', 'sum'].map((name, i) => [name, { perRoot: 0.25, cpuMs: i }]),
          ),
          crashesPerDay: 0.0333,
        },
      },
      calls: [
        { from: 'edge', to: 'cart', perRoot: 0.8 },
        { from: 'edge', to: 'catalog', perRoot: 1.25 },
        { from: 'cart', to: 'catalog', perRoot: 0.04 },
      ],
      localCall: { cpuMs: 0.0005 },
      remoteCall: { callerCpuMs: 0.05, calleeCpuMs: 0.06, latencyMs: 0.2 },
      ...{ waitMs: 123.4, tail: 4.6, restartS: 3, failoverS: 0.5 },
    };
    const DECISION = {
      autonomy: { level: 4, effective: 1, heldUntil: '2026-11-25T12:00:00.000Z', frozen: null },
      guardrails: ['2 hosts, at most 1'],
      outcome: { kind: 'waiting', proposalId: 'p-1' },
      forecasts: [{ horizonMin: 5, experts: [{ name: 'trend', weight: 0.42 }] }],
      counsel: {
        proposal: { kind: 'move', to: { placements: { cart: 'service', catalog: 'bundle' } } },
        by: ['table'],
        weighed: { learnedAtMs: 1_000, costs: COSTS },
        trust: { table: 0.5, optimiser: 0.25, forecast: 0.25 },
        heard: [
          { advisor: 'optimiser', silent: 'has no costs yet' },
          { advisor: 'forecast', advice: { to: { placements: { cart: 'bundle' } }, because: 'up to 900' } },
        ],
        judged: { atMs: 0, predictedMs: 12, measuredMs: 30.4, losses: { table: 0, forecast: 0.125 } },
      },
      ...{ id: 7, at: 1_000, policy: 'paper', observation: { rps: 1_200, epoch: 4 } },
      outlook: { in5Rps: 1_300, in15Rps: 9.5, in60Rps: 20 },
      decision: {
        rule: 'rise',
        proposal: { kind: 'move', to: { placements: { cart: 'service', catalog: 'bundle' } } },
        rules: [{ name: 'rise', fired: true, because: '1300 requests/s within 5 minutes' }],
      },
      plan: { starts: [{ app: 'cart', instance: 'cart-0' }], stops: [], moves: [], refusals: ['no room'] },
      otherwise: [{ input: 'rps', value: 1_200, flipsAt: 999.6, to: 'stay' }],
    };
    beforeEach(() => updateRunFile(home, (document) => ({ ...document, brainUrl: url })));

    it('says in one line that there is none, or that it is gone', async () => {
      await updateRunFile(home, (document) => ({ ...document, brainUrl: 'http://127.0.0.1:9' }));
      expect((await ctl('forecast')).err).toMatch(/^atlasctl: the brain at .* cannot be reached/);
      await updateRunFile(home, ({ brainUrl: _, ...document }) => document);
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
        expect(out).toMatch(/^decision 7, [\d:]+: rise · proposes services: cart · level 1/);
        expect(out).toContain('1200 requests/s now, 1300 in 5 min, 9.5 in 15');
        expect(out).toContain('● rise  1300 requests/s within 5 minutes');
        expect(out).toContain(
          'the switcher would start cart-0 and stop nothing\nthe switcher would refuse: no room',
        );
        expect(out).toMatch(/● table +50 % +the rules above/);
        expect(out).toMatch(/○ optimiser +25 % +silent: has no costs yet/);
        expect(out).toMatch(/p99 predicted 12 ms, measured 30 ms: table −0\.00, forecast −0\.1/);
        expect(out).toMatch(/○ forecast +25 % +all in the bundle: up to 900/);
        expect(out).toContain('experts for 5 min: trend 42 %');
        expect(out).toContain('it waits for approval: atlasctl approve p-1');
        expect(out).toContain('an operator holds the brain until 2026-11-25T12:00:00.000Z');
        expect(out).toContain('guardrail: 2 hosts, at most 1');
        expect(out).toContain('otherwise: rps 1000 → stay');
      }
      answers['GET /v1/decisions?limit=1'] = () => ({ body: { items: [] } });
      expect((await ctl('explain')).err).toBe('atlasctl: the brain has decided nothing yet');
    });

    it('shows the costs that the optimiser weighed, aligned', async () => {
      answers['GET /v1/explain/7'] = () => ({ body: DECISION });
      const { out } = await ctl('explain', '7');
      const from = out.indexOf('costs learned at ');
      expect(out.slice(from).split('\n').slice(1, 6)).toEqual([
        '  edge     0.41 ms    calls cart 0.8, catalog 1.3',
        '  cart     2.5 ms     sum 0.25 × 4 ms, put 0.25 × 3 ms, pay 0.25 × 2 ms, get 0.25 × 1 ms, 1 more; calls catalog 0.04; crashes 0.033 a day',
        '  catalog  0.1 ms     get 0.5 × 0.2 ms; crashes 0.1 a day',
        '  a call   0.0005 ms  remote 0.05 + 0.06 ms and 0.2 ms on the way',
        '  besides  123 ms     that no layout changes; p99 is 4.6 × the mean',
      ]);
    });

    it('asks what would be, with what is given and nothing else', async () => {
      const { id: _id, at: _at, ...imagined } = DECISION;
      answers['POST /v1/what-if'] = () => ({ body: imagined });
      const { out } = await ctl('what-if', '--rps', '4000', '--anomaly', '0.8', '--crashed', 'cart,catalog');
      expect(asked.at(-1)?.body).toEqual({ rps: 4_000, anomaly: 0.8, crashed: ['cart', 'catalog'] });
      expect(out).toMatch(/^it would decide: rise/);
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

    it('imports what is coming of an iCalendar file, and nothing twice', async () => {
      const file = join(home, 'sales.ics');
      const event = (uid: string, day: string, ...more: string[]): string[] => [
        ...['BEGIN:VEVENT', `UID:${uid}`, `DTSTART:${day}T080000Z`, 'DURATION:PT2H', ...more, 'END:VEVENT'],
      ];
      const year = new Date().getUTCFullYear() + 1;
      const lines = [
        ...event('a', `${year}0105`, 'SUMMARY:Winter', 'X-ATLAS-TIMES:8'),
        ...event('b', `${year}0106`),
      ];
      await appendFile(file, ['BEGIN:VCALENDAR', ...lines, 'END:VCALENDAR'].join('\r\n'));
      const known = { id: 1, from: `${year}-01-06T08:00:00.000Z`, minutes: 120, times: 3 };
      answers['GET /v1/calendar'] = () => ({ body: { items: [known] } });
      answers['POST /v1/calendar'] = () => ({ status: 201, body: known });
      const tried = await ctl('calendar', 'import', file, '--times', '3', '--dry-run');
      expect(tried.out).toMatch(/T08:00Z +120 min +×8 +Winter\n1 sales to be added, 1 known before$/);
      expect(asked.map(({ method }) => method)).toEqual(['GET']);
      const added = await ctl('calendar', 'import', file, '--times', '3');
      expect(added).toMatchObject({ code: EXIT.done });
      expect(asked.at(-1)?.body).toEqual({ from: `${year}-01-05T08:00:00.000Z`, minutes: 120, times: 8 });
      expect(asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
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
  });

  it('shows the status in words and as JSON', async () => {
    answers['GET /v1/status'] = () => ({ body: STATUS });
    const words = await ctl('status');
    expect(words.out).toContain('hybrid (epoch 4) · 2 bundles · services: cart×1');
    expect(words.out).toMatch(/shop-0 +12 +ready +127\.0\.0\.1:1 +3 4 +2@3 +90 MB/);
    expect(JSON.parse((await ctl('status', '--json')).out)).toEqual(STATUS);
  });

  it.each([
    [['switch', 'loose'], { mode: 'loose' }],
    [['switch', 'tight', '--bundles', '2'], { mode: 'tight', instances: { bundle: 2 } }],
    [['switch', 'hybrid'], { mode: 'hybrid' }],
    [
      ['switch', 'hybrid', '--extract', 'cart,payment', '--reason', 'sale'],
      { placements: { cart: 'service', payment: 'service' }, reason: 'sale' },
    ],
  ])('sends %j as %j', async (args, body) => {
    answers['POST /v1/switches'] = () => ({ status: 202, body: SWITCH });
    expect(await ctl(...args)).toMatchObject({ code: EXIT.done });
    expect(asked).toEqual([{ method: 'POST', path: '/v1/switches', body }]);
  });

  it.each([
    [['switch']],
    [['switch', 'sideways']],
    [['switch', 'tight', '--bundles', '0']],
    [['switch', 'tight', '--extract', 'cart']],
    [['switch', 'hybrid', '--extract', 'a,,b']],
    [['abort']],
    [['level', '5']],
    [['level', 'high']],
    [['approve']],
    [['reject']],
    [['freeze', 'now']],
    [['history', '--limit', 'many']],
    [['dance']],
    [['status', '--loud']],
  ])('refuses the wrong usage %j with 2', async (args) => {
    const told = await ctl(...args);
    expect(told.code).toBe(EXIT.usage);
    expect(told.err).toMatch(/^atlasctl: /);
    expect(asked).toEqual([]);
  });

  it.each([
    ['refused_by_policy', 422, EXIT.refused],
    ['switch_in_progress', 409, EXIT.busy],
    ['stale', 409, EXIT.busy],
    ['store_unavailable', 503, EXIT.error],
    ['invalid_request', 400, EXIT.usage],
  ])('turns %s into its exit code', async (code, status, exit) => {
    answers['POST /v1/switches'] = problem(status, code);
    const words = await ctl('switch', 'loose');
    expect(words).toMatchObject({ code: exit, out: '', err: `atlasctl: it is ${code} (${code})` });
    const json = await ctl('switch', 'loose', '--json');
    expect(json.code).toBe(exit);
    expect(JSON.parse(json.out)).toMatchObject({ error: { code } });
  });

  it.each([
    [{ phase: 'ended', outcome: 'committed', done: true }, EXIT.done],
    [{ phase: 'retiring', outcome: 'committed' }, EXIT.done],
    [
      { phase: 'ended', outcome: 'aborted', done: true, abort: { code: 'operator', detail: 'no' } },
      EXIT.aborted,
    ],
    [{ phase: 'ended', outcome: 'reverted', done: true }, EXIT.reverted],
  ])('waits until the old epoch is drained: %j', async (end, exit) => {
    const steps = [{ phase: 'preparing' }, { phase: 'draining', outcome: 'committed' }, end];
    answers['POST /v1/switches'] = () => ({ status: 202, body: SWITCH });
    answers['GET /v1/switches/sw-1'] = () => ({ body: { ...SWITCH, ...steps.shift() } });
    expect((await ctl('switch', 'hybrid', '--wait')).code).toBe(exit);
    expect(steps).toEqual([]);
  });

  it('bears with a switcher that is away for a moment while it waits', async () => {
    const steps = [
      problem(503, 'not_leading')(),
      { body: { ...SWITCH, phase: 'ended', outcome: 'committed' } },
    ];
    answers['POST /v1/switches'] = () => ({ status: 202, body: SWITCH });
    answers['GET /v1/switches/sw-1'] = () => steps.shift();
    expect((await ctl('switch', 'hybrid', '--wait')).code).toBe(EXIT.done);
  });

  it('ends unchanged with 0, and a refused dry run with 3', async () => {
    answers['POST /v1/switches'] = () => ({
      body: { ...SWITCH, phase: 'ended', outcome: 'unchanged', done: true },
    });
    expect((await ctl('switch', 'tight', '--wait')).code).toBe(EXIT.done);
    const plan = {
      dryRun: true,
      unchanged: false,
      target: { mode: 'hybrid', instances: { bundle: 1 } },
      starts: [{ app: 'cart', instance: 'cart-0' }],
      stops: [],
      moves: [{ module: 'cart', from: 'bundle', to: 'service' }],
      refusals: [] as string[],
    };
    answers['POST /v1/switches'] = () => ({ body: plan });
    const told = await ctl('switch', 'hybrid', '--dry-run');
    expect(told.code).toBe(EXIT.done);
    expect(told.out).toContain('cart bundle → service');
    expect(asked.at(-1)?.body).toEqual({ mode: 'hybrid', dryRun: true });
    plan.refusals.push('too many');
    expect((await ctl('switch', 'hybrid', '--dry-run')).code).toBe(EXIT.refused);
  });

  it('shows history, aborts and rolls back', async () => {
    answers['GET /v1/switches?limit=5'] = () => ({ body: { items: [SWITCH] } });
    answers['GET /v1/proposals'] = () => ({
      body: { items: [PROPOSAL, { ...PROPOSAL, state: 'approved' }] },
    });
    const [, first, second, ...rest] = (await ctl('history', '--limit', '5')).out.split('\n');
    expect(first).toMatch(
      /sw-9 +proposal +4 +– +hybrid +waiting .* a surge comes; against the guardrail: too dear/,
    );
    expect(second).toMatch(/sw-1 +switch +– +tight +hybrid +planned/);
    expect(rest).toEqual([]);
    answers['POST /v1/switches/sw-1/abort'] = () => ({
      body: { ...SWITCH, phase: 'ended', outcome: 'aborted' },
    });
    expect((await ctl('abort', 'sw-1', '--reason', 'no')).code).toBe(EXIT.done);
    expect(asked.at(-1)?.body).toEqual({ reason: 'no' });
    answers['POST /v1/switches/sw-1/abort'] = problem(409, 'already_committed');
    expect((await ctl('abort', 'sw-1')).code).toBe(EXIT.refused);
    answers['POST /v1/rollback'] = () => ({ status: 202, body: SWITCH });
    expect((await ctl('rollback')).code).toBe(EXIT.done);
  });

  describe('of autonomy', () => {
    it('shows the level with what holds it, and sets it', async () => {
      answers['GET /v1/status'] = () => ({ body: { ...STATUS, autonomy: AUTONOMY } });
      answers['POST /v1/autonomy'] = () => ({ body: STATUS.autonomy });
      const words =
        /^autonomy: level 4 \(full\) · 1 \(alert\) until [\d:]+, after an operator's switch · frozen/;
      expect((await ctl('level')).out).toMatch(words);
      expect((await ctl('level', '4')).out).toBe('autonomy: level 4 (full)');
      expect(asked.at(-1)).toMatchObject({ path: '/v1/autonomy', body: { level: 4 } });
      expect(JSON.parse((await ctl('level', '--json')).out)).toEqual(AUTONOMY);
    });

    it('stands in the status, with what is kept warm', async () => {
      const prewarm = { target: PROPOSAL.target, until: '2026-11-25T12:00:00.000Z' };
      answers['GET /v1/status'] = () => ({ body: { ...STATUS, autonomy: AUTONOMY, prewarm } });
      const { out } = await ctl('status');
      expect(out).toMatch(/frozen since [\d:]+: stocktaking/);
      expect(out).toMatch(/kept warm until [\d:]+: hybrid: 2 bundles, cart×3/);
    });

    it('freezes with a reason, and unfreezes', async () => {
      answers['POST /v1/freeze'] = () => ({ body: AUTONOMY });
      answers['POST /v1/unfreeze'] = () => ({ body: STATUS.autonomy });
      expect(await ctl('freeze', '--reason', 'stocktaking')).toMatchObject({ code: EXIT.done });
      expect(asked.at(-1)?.body).toEqual({ reason: 'stocktaking' });
      expect((await ctl('unfreeze')).out).toBe('autonomy: level 4 (full)');
    });

    it('lists proposals, approves and rejects them', async () => {
      answers['GET /v1/proposals'] = () => ({ body: { items: [PROPOSAL] } });
      answers['POST /v1/proposals/sw-9/approve'] = () => ({ status: 202, body: SWITCH });
      answers['POST /v1/proposals/sw-9/reject'] = () => ({ body: { ...PROPOSAL, state: 'rejected' } });
      expect((await ctl('proposals')).out).toMatch(/sw-9 +brain +4 +hybrid: 2 bundles, cart×3 +waiting/);
      expect(JSON.parse((await ctl('proposals', '--json')).out)).toEqual([PROPOSAL]);
      expect((await ctl('approve', 'sw-9')).out).toMatch(/^sw-1 tight → hybrid: planned/);
      expect((await ctl('reject', 'sw-9')).out).toMatch(/^sw-9 brain → .*: rejected — a surge comes/);
      answers['GET /v1/proposals'] = () => ({ body: { items: [] } });
      expect((await ctl('proposals')).out).toBe('nothing waits');
    });

    it.each([
      ['held_by_freeze', EXIT.refused],
      ['held_by_level', EXIT.refused],
      ['already_ended', EXIT.refused],
      ['stale', EXIT.busy],
      ['proposal_not_found', EXIT.error],
    ])('turns %s into its exit code, in one line', async (code, exit) => {
      answers['POST /v1/proposals/sw-9/approve'] = problem(409, code);
      const told = await ctl('approve', 'sw-9');
      expect(told).toMatchObject({ code: exit, out: '', err: `atlasctl: it is ${code} (${code})` });
    });
  });

  it('watches what happens', async () => {
    answers['GET /v1/events'] = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`event: status\ndata: ${JSON.stringify(STATUS)}\n\nevent: ping\ndata: {}\n\n`);
      response.write(`event: switch\ndata: ${JSON.stringify(SWITCH)}\n\n`);
      response.write(`event: proposal\ndata: ${JSON.stringify(PROPOSAL)}\n\n`);
      response.write(`event: autonomy\ndata: ${JSON.stringify(STATUS.autonomy)}\n\n`);
      return undefined;
    };
    const out: string[] = [];
    const over = new AbortController();
    const output = { line: (text: string) => out.push(text), problem: () => undefined };
    const watching = run(['watch'], { env: { ATLAS_HOME: home }, cwd: home, output, signal: over.signal });
    await vi.waitFor(() => expect(out).toHaveLength(4));
    over.abort();
    expect(await watching).toBe(EXIT.done);
    expect(out[0]).toContain('watching: hybrid (epoch 4)');
    expect(out[1]).toContain('switch sw-1 tight → hybrid: planned');
    expect(out[2]).toMatch(/proposal sw-9 brain → .*: waits for `atlasctl approve` until/);
    expect(out[3]).toContain('autonomy: level 4 (full)');
  });

  it('looks for the leader again, and says so once, when a stream falls silent or nobody answers', async () => {
    let times = 0;
    answers['GET /v1/events'] = (response) => {
      times += 1;
      if (times === 2) return { status: 503, body: {} };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (times > 2) response.write(`event: status\ndata: ${JSON.stringify(STATUS)}\n\n`);
      else response.write(`event: ping\ndata: {}\n\n`);
      return undefined;
    };
    const out: string[] = [];
    const problems: string[] = [];
    const over = new AbortController();
    const watching = runWatch(
      {
        client: new ControlClient(() => Promise.resolve(url), TOKEN),
        output: { line: (text) => out.push(text), problem: (text) => problems.push(text) },
      },
      { signal: over.signal, silentMs: 100 },
    );
    await vi.waitFor(() => expect(out).toHaveLength(1), { timeout: 10_000 });
    over.abort();
    expect(await watching).toBe(EXIT.done);
    expect(problems).toEqual(['the switcher has said nothing for 0.1 s; looking for the one that leads now']);
  });

  it('reads logs in the order of time, and follows them', async () => {
    const logs = join(home, 'logs');
    await mkdir(logs);
    const line = (time: number, msg: string) => `${JSON.stringify({ level: 30, time, msg, ms: 4 })}\n`;
    await appendFile(join(logs, 'cart-0.log'), `${line(2, 'second')}oops\n`);
    await appendFile(join(logs, 'shop-0.log'), line(1, 'first'));
    expect((await ctl('logs')).out.split('\n')).toEqual([
      '00:00:00.001 shop-0 info  first {"ms":4}',
      '00:00:00.002 cart-0 info  second {"ms":4}',
      'cart-0 oops',
    ]);
    expect((await ctl('logs', 'cart-0', '-n', '1')).out).toBe('cart-0 oops');
    expect(await ctl('logs', 'moon-0')).toMatchObject({
      code: EXIT.usage,
      err: expect.stringContaining('cart-0, shop-0') as string,
    });
    const out: string[] = [];
    const over = new AbortController();
    const output = { line: (text: string) => out.push(text), problem: () => undefined };
    const following = run(['logs', 'cart-0', '-f'], {
      env: { ATLAS_HOME: home },
      cwd: home,
      output,
      signal: over.signal,
    });
    await vi.waitFor(() => expect(out).toHaveLength(2));
    await appendFile(join(logs, 'cart-0.log'), line(3, 'third'));
    await vi.waitFor(() => expect(out).toHaveLength(3), { timeout: 5_000 });
    over.abort();
    expect(await following).toBe(EXIT.done);
  });

  it('finds what is wrong', async () => {
    const link = { at: 5, body: { event: 'proposed' }, prevHash: GENESIS_HASH };
    const entry = { seq: 1, ...link, hash: auditHash(link) };
    answers['GET /v1/status'] = () => ({ body: STATUS });
    answers['GET /v1/audit?after=0&limit=500'] = () => ({ body: { items: [entry] } });
    const sound = await ctl('doctor', '--json');
    expect((JSON.parse(sound.out) as { ok: boolean }[]).filter(({ ok }) => !ok)).toEqual([]);
    expect(sound.code).toBe(EXIT.done);
    await chmod(runFilePath(home), 0o644);
    answers['GET /v1/audit?after=0&limit=500'] = () => ({ body: { items: [{ ...entry, at: 6 }] } });
    const ill = await ctl('doctor');
    expect(ill.code).toBe(EXIT.error);
    expect(ill.out).toMatch(/✗ +run\.json +has mode 644/);
    expect(ill.out).toMatch(/✗ +audit chain +entry 1 was changed/);
  });

  it('puts events together that arrive in pieces', async () => {
    const pieces = ['event: a\nda', 'ta: {"x":', '1}\n\nevent: b\ndata: 2\n\nevent: c'];
    const stream = (async function* () {
      for (const piece of pieces) yield new TextEncoder().encode(piece);
    })();
    const events = [];
    for await (const event of serverEvents(stream)) events.push(event);
    expect(events).toEqual([
      { event: 'a', data: '{"x":1}' },
      { event: 'b', data: '2' },
    ]);
  });

  it('leaves lines that are not JSON as they are', () => {
    expect(logLine('shop-0', 'plain words')).toBe('shop-0 plain words');
  });
});
