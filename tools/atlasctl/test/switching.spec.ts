import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { EXIT } from '../src/exit-codes.ts';
import { PROPOSAL, SWITCH } from './documents.ts';
import { eachTestHasScene, problem } from './scene.ts';

const { at, answers, asked, ctl } = eachTestHasScene();

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

it('waits no longer at Ctrl-C, though the switch goes on', async () => {
  const waits = Promise.withResolvers<void>();
  answers['POST /v1/switches'] = () => ({ status: 202, body: SWITCH });
  answers['GET /v1/switches/sw-1'] = () => {
    waits.resolve();
    return { body: { ...SWITCH, phase: 'preparing' } };
  };
  const main = join(import.meta.dirname, '../src/main.ts');
  const child = spawn(process.execPath, [main, 'switch', 'hybrid', '--wait'], {
    env: { PATH: process.env['PATH'], ATLAS_HOME: at.home },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  await waits.promise;
  child.kill('SIGINT');
  expect(await ended).toEqual([null, 'SIGINT']);
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
