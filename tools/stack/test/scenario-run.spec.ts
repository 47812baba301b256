import { parseScenario } from '@atlas/load';
import { StackError } from '@atlas/platform-stack';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SwitchView } from '@atlas/control-api';
import { ControlClient, ControlError } from '../src/control-client.ts';
import { dueInMs, enterPressed, runScenario } from '../src/scenario-run.ts';
import { startTight, SwitchLog } from '../src/switch-run.ts';
import { sampleSwitch } from './sample.ts';

/** A control API whose switches take `looks` looks to drain; refuses as told. */
class FakeControl {
  readonly asked: { readonly body: unknown; readonly key: string | undefined }[] = [];
  readonly refusals: { status: number; code: string }[] = [];
  readonly looks = new Map<string, number>();
  /** How its switches end otherwise than well. */
  ending: Partial<SwitchView> = {};
  /** In force. */
  epoch = 2;
  mode = 'hybrid';
  bundles = 1;
  /** It ends in the middle of its next answer. */
  torn = false;
  readonly server: Server;
  url = '';
  constructor() {
    this.server = createServer((request, answer) => {
      const say = (status: number, body: unknown): void =>
        void answer.writeHead(status).end(JSON.stringify(body));
      if (request.headers.authorization !== 'Bearer secret')
        return say(401, { code: 'unauthorized', detail: 'no' });
      if (this.torn) {
        this.torn = false;
        answer.writeHead(200, { 'content-length': '1000' }).write('{"items":', () => answer.destroy());
        return;
      }
      if (request.url === '/v1/status') {
        const { mode, epoch, bundles: bundle } = this;
        return say(200, { mode, epoch, layout: { instances: { bundle } } });
      }
      if (request.method === 'GET') return say(200, this.#view(request.url?.split('/').at(-1) ?? ''));
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const refusal = this.refusals.shift();
        this.asked.push({ body: JSON.parse(text), key: String(request.headers['idempotency-key']) });
        if (refusal) return say(refusal.status, { code: refusal.code, detail: `refused: ${refusal.code}` });
        return say(202, this.#view(`sw-${this.asked.length}`));
      });
    });
  }

  #view(id: string): SwitchView {
    const looks = (this.looks.get(id) ?? 0) + 1;
    this.looks.set(id, looks);
    if (looks < 3)
      return {
        ...sampleSwitch,
        id,
        phase: 'preparing',
        outcome: null,
        done: false,
        drainMs: null,
        routedMs: null,
      };
    return { ...sampleSwitch, id, ...this.ending };
  }
}

let fake: FakeControl;
beforeEach(async () => {
  fake = new FakeControl();
  fake.server.listen(0, '127.0.0.1');
  await once(fake.server, 'listening');
  fake.url = `http://127.0.0.1:${(fake.server.address() as AddressInfo).port}`;
});
afterEach(() => {
  fake.server.closeAllConnections();
  fake.server.close();
});

const scenario = parseScenario(
  JSON.stringify({
    name: 'two-steps',
    steps: [
      { at: 0.1, target: { mode: 'hybrid' } },
      { at: 'afterPrevious', target: { mode: 'tight', instances: { bundle: 2 } }, note: 'two bundles' },
    ],
  }),
);
const signal = new AbortController().signal;

test('each step is proposed in its turn and followed until it has drained', async () => {
  const log = new SwitchLog(new ControlClient(fake.url, 'secret'));
  const steps: number[] = [];
  const onStep = (_: unknown, number: number): void => {
    expect(log.open()).toEqual([]);
    steps.push(number);
  };
  await runScenario(scenario, { beganAt: Date.now(), durationS: 1 }, { log, signal, onStep });
  expect(steps).toEqual([1, 2]);
  expect(fake.asked.map(({ body }) => body)).toEqual([
    { mode: 'hybrid', reason: 'scenario two-steps, step 1' },
    { mode: 'tight', instances: { bundle: 2 }, reason: 'scenario two-steps, step 2' },
  ]);
  expect(log.all().map(({ outcome, drainMs }) => [outcome, drainMs])).toEqual([
    ['committed', 90],
    ['committed', 90],
  ]);
});

test('a busy switcher is asked again with the same key, a refusal for good ends it', async () => {
  const client = new ControlClient(fake.url, 'secret');
  fake.refusals.push({ status: 409, code: 'switch_in_progress' }, { status: 503, code: 'store_unavailable' });
  await client.propose({ mode: 'loose' }, 'test', signal);
  expect(fake.asked).toHaveLength(3);
  expect(new Set(fake.asked.map(({ key }) => key)).size).toBe(1);
  fake.refusals.push({ status: 409, code: 'stale' });
  await expect(client.propose({ mode: 'tight' }, 'test', signal)).rejects.toThrow(
    new ControlError('stale', 'refused: stale'),
  );
});

test('a switcher that ends in the middle of an answer is one that cannot be reached', async () => {
  const client = new ControlClient(fake.url, 'secret');
  fake.torn = true;
  await expect(client.status()).rejects.toMatchObject({ code: 'unreachable' });
  fake.torn = true;
  await expect(new SwitchLog(client).includeOthers(0)).resolves.toBeUndefined();
  fake.torn = true;
  await expect(client.propose({ mode: 'loose' }, 'test', signal)).resolves.toMatchObject({ id: 'sw-1' });
});

test('what is to be measured under a shape is not begun when the shape was not taken', async () => {
  const log = new SwitchLog(new ControlClient(fake.url, 'secret'));
  const become = (): Promise<unknown> => log.become({ mode: 'hybrid' }, 'test', signal);
  const abort = { code: 'prepare_timeout', detail: 'cart-0 is not ready' };
  fake.ending = { outcome: 'aborted', routedMs: null, drainMs: null, abort };
  await expect(become()).rejects.toThrow(
    new StackError(
      'the shop did not become hybrid, so nothing can be measured of it: the switch is aborted, ended (cart-0 is not ready)',
    ),
  );
  fake.ending = { outcome: 'unchanged', routedMs: null, drainMs: null };
  await expect(become()).resolves.toBeTypeOf('function');
});

test('a walk through shapes begins tight, whatever an earlier start left in force', async () => {
  const begin = (): Promise<void> =>
    startTight(new ControlClient(fake.url, 'secret'), { bundles: 2, reason: 'test', signal });
  await begin();
  fake.mode = 'tight';
  await begin();
  expect(fake.asked.map(({ body }) => body)).toEqual(
    Array(2).fill({ mode: 'tight', instances: { bundle: 2 }, reason: 'test' }),
  );
  fake.bundles = 2;
  await begin();
  expect(fake.asked).toHaveLength(2);
});

test('an interruption while it is looked whether all is tight already is not lost', async () => {
  fake.mode = 'tight';
  const control = new ControlClient(fake.url, 'secret');
  const begun = startTight(control, { bundles: 1, reason: 'test', signal: AbortSignal.abort() });
  await expect(begun).rejects.toThrow(/aborted/);
  expect(fake.asked).toEqual([]);
});

test('what was measured under a shape counts only if that shape was in force to the end', async () => {
  const log = new SwitchLog(new ControlClient(fake.url, 'secret'));
  const stillSo = await log.become({ mode: 'hybrid' }, 'test', signal);
  await expect(stillSo()).resolves.toBeUndefined();
  fake.epoch = 3;
  await expect(stillSo()).rejects.toThrow('the shop is hybrid in epoch 3, no longer hybrid in epoch 2');
});

test('with a speaker, steps wait for the hand and not for the clock', async () => {
  const log = new SwitchLog(new ControlClient(fake.url, 'secret'));
  const hands: (() => void)[] = [];
  let asked = 0;
  const nextByHand = (): Promise<void> => {
    asked += 1;
    expect(fake.asked).toHaveLength(asked - 1);
    return new Promise((resolve) => {
      hands.push(resolve);
      setImmediate(() => hands.pop()?.());
    });
  };
  const slow = { beganAt: Date.now(), durationS: 1e6 };
  await runScenario(scenario, slow, { log, signal, onStep: () => undefined, nextByHand });
  expect(asked).toBe(2);
});

test('a step is due at its share of the replay, and at once when that is past', () => {
  const [first, second] = scenario.steps;
  if (!first || !second) throw new Error('two steps expected');
  expect(dueInMs(first, { beganAt: 1_000, durationS: 100 }, 3_000)).toBe(8_000);
  expect(dueInMs(first, { beganAt: 1_000, durationS: 100 }, 30_000)).toBe(0);
  expect(dueInMs(second, { beganAt: 1_000, durationS: 100 }, 3_000)).toBe(0);
});

test('a wrong token is told as such', async () => {
  await expect(new ControlClient(fake.url, 'wrong').status()).rejects.toMatchObject({ code: 'unauthorized' });
});

test('Enter is waited for until nobody can press it any more, or the run is interrupted', async () => {
  const input = new PassThrough();
  const over = new AbortController();
  const said: string[] = [];
  const next = enterPressed(input, { signal: over.signal, say: (line) => said.push(line) });
  const pressed = next();
  input.write('\n');
  await pressed;
  const waiting = next();
  input.end();
  await expect(waiting).rejects.toThrow('nobody can press Enter');
  await expect(next()).rejects.toThrow('nobody can press Enter');
  expect(said).toHaveLength(3);

  const interrupted = enterPressed(new PassThrough(), { signal: over.signal, say: () => undefined })();
  over.abort();
  await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' });
});
