import type { Layout, LayoutRecord } from '@atlas/control-layout';
import { Type } from '@sinclair/typebox';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BusinessError,
  createCoupling,
  defineContract,
  implement,
  operation,
  PlatformError,
  steadyNow,
  type CallFrame,
  type CouplingRuntime,
  type Reply,
  type RuntimeOptions,
} from '../src/index.ts';

const Text = Type.Object({ text: Type.String() }, { additionalProperties: false });
const contract = defineContract('echo', {
  say: operation({ kind: 'read', input: Text, output: Text, errors: ['silent'], deadlineMs: 1_000 }),
  store: operation({ kind: 'keyed', input: Text, output: Text, errors: [], deadlineMs: 1_000 }),
});
const layout = (placement: 'bundle' | 'service'): Layout => ({
  placements: { echo: placement },
  instances: { bundle: 1, echo: 1 },
  canary: {},
  configVersion: 1,
});

let runtime: CouplingRuntime;
let defects: unknown[];
let sites: unknown[];
let release: () => void = () => {};

function host(kind: 'bundle' | 'service', options: Partial<RuntimeOptions> = {}): void {
  defects = [];
  sites = [];
  runtime = createCoupling({
    host: { instance: `${kind}-0`, nonce: '12'.repeat(8), kind, modules: ['echo'] },
    onDefect: (error, site) => {
      defects.push(error);
      sites.push(site);
    },
    ...options,
  });
  runtime.register(
    implement(contract, {
      say: async ({ text }, call) => {
        if (text === 'silent') throw new BusinessError('silent', 'shh', { n: 1 });
        if (text === 'foreign') throw new BusinessError('foreign');
        if (text === 'defect') throw new TypeError('secret');
        if (text === 'away') throw new PlatformError('dependency_unavailable', 'gone', { retryAfterMs: 7 });
        if (text === 'wait') await new Promise<void>((resolve) => (release = resolve));
        return { text: call.expired ? 'expired' : text };
      },
      store: async (_input, call) => ({ text: call.key ?? '' }),
    }),
  );
}

const frame = (change: Partial<CallFrame> = {}): CallFrame => ({
  module: 'echo',
  operation: 'say',
  input: { text: 'x' },
  rootId: 'ab'.repeat(8),
  epoch: 1,
  deadlineAt: steadyNow() + 1_000,
  traceparent: '',
  key: undefined,
  ...change,
});
const serve = (change: Partial<CallFrame> = {}): Promise<Reply> =>
  new Promise((resolve) => runtime.serve(frame(change), resolve));
const failure = (code: string) =>
  expect.objectContaining({ kind: 'failure', error: expect.objectContaining({ code }) });

afterEach(async () => {
  await runtime.close();
});

describe('an inbound call', () => {
  it('is answered by the handler', async () => {
    host('service');
    runtime.install({ epoch: 1, layout: layout('service') });
    await expect(serve()).resolves.toEqual({ kind: 'answer', output: { text: 'x' } });
    await expect(serve({ operation: 'store', key: 'k' })).resolves.toEqual({
      kind: 'answer',
      output: { text: 'k' },
    });
  });

  it('E1: is misrouted where its epoch names the host neither primary nor standby', async () => {
    host('service');
    runtime.install({ epoch: 1, layout: layout('bundle') });
    runtime.install({ epoch: 2, layout: layout('service') });
    await expect(serve()).resolves.toEqual(failure('misrouted'));
    await expect(serve({ epoch: 2 })).resolves.toMatchObject({ kind: 'answer' });
    await expect(serve({ epoch: 2, operation: 'nope' })).resolves.toEqual(failure('misrouted'));
    await expect(serve({ epoch: 2, operation: 'constructor' })).resolves.toEqual(failure('misrouted'));
  });

  it('E1: is served by a bundle as primary and as standby', async () => {
    host('bundle');
    runtime.install({ epoch: 1, layout: layout('bundle') });
    runtime.install({ epoch: 2, layout: layout('service') });
    await expect(serve()).resolves.toMatchObject({ kind: 'answer' });
    await expect(serve({ epoch: 2 })).resolves.toMatchObject({ kind: 'answer' });
  });

  it('reads the row of an epoch that is not held, once for many calls', async () => {
    const asked: number[] = [];
    const read = Promise.withResolvers<LayoutRecord | undefined>();
    host('service', {
      readLayout: (epoch) => {
        asked.push(epoch);
        return read.promise;
      },
    });
    const answers = [serve({ epoch: 5 }), serve({ epoch: 5 })];
    read.resolve({ epoch: 5, layout: layout('service') });
    await expect(Promise.all(answers)).resolves.toMatchObject([{ kind: 'answer' }, { kind: 'answer' }]);
    expect([asked, runtime.holds(5)]).toEqual([[5], true]);
  });

  it.each(['cancel', 'abandon'] as const)('is not begun once nobody hears its answer: %s', async (how) => {
    const read = Promise.withResolvers<LayoutRecord | undefined>();
    host('service', { readLayout: () => read.promise });
    const reply = Promise.withResolvers<Reply>();
    const last = release;
    runtime.serve(frame({ epoch: 5, input: { text: 'wait' } }), reply.resolve)[how]();
    read.resolve({ epoch: 5, layout: layout('service') });
    await expect(reply.promise).resolves.toEqual(failure('cancelled'));
    expect(release).toBe(last);
  });

  it.each([
    ['does not exist', () => Promise.resolve(undefined)],
    ['cannot be read', () => Promise.reject(new Error('store away'))],
  ])('is refused, nothing executed, when the row %s', async (_why, readLayout) => {
    host('service', { readLayout });
    await expect(serve({ epoch: 5 })).resolves.toMatchObject({ kind: 'refusal', reason: 'epoch_unknown' });
  });

  it('is checked against the contract before anything is executed', async () => {
    host('service');
    runtime.install({ epoch: 1, layout: layout('service') });
    await expect(serve({ input: { text: 1 } })).resolves.toEqual(failure('invalid_input'));
    await expect(serve({ input: { text: 'x', more: 1 } })).resolves.toEqual(failure('invalid_input'));
    await expect(serve({ input: undefined })).resolves.toEqual(failure('invalid_input'));
    await expect(serve({ operation: 'store' })).resolves.toEqual(failure('invalid_input'));
    await expect(serve({ deadlineAt: steadyNow() - 1 })).resolves.toEqual(failure('deadline_exceeded'));
  });

  it('carries coded errors and hides defects, which are told here', async () => {
    host('service');
    runtime.install({ epoch: 1, layout: layout('service') });
    await expect(serve({ input: { text: 'silent' } })).resolves.toMatchObject({
      error: { kind: 'business', code: 'silent', details: { n: 1 } },
    });
    await expect(serve({ input: { text: 'away' } })).resolves.toMatchObject({
      error: { kind: 'platform', code: 'dependency_unavailable', retryAfterMs: 7 },
    });
    expect(defects).toEqual([]);
    for (const text of ['defect', 'foreign']) {
      const reply = await serve({ input: { text } });
      expect(reply).toEqual(failure('internal'));
      expect(JSON.stringify(reply)).not.toContain('secret');
    }
    expect(defects).toHaveLength(2);
    const site = { module: 'echo', operation: 'say', rootId: 'ab'.repeat(8) };
    expect(sites).toEqual([site, site]); // and nothing of the input
  });

  it('is counted while it runs, and told when its caller gives up', async () => {
    host('service');
    runtime.install({ epoch: 1, layout: layout('service') });
    const reply = Promise.withResolvers<Reply>();
    const call = runtime.serve(frame({ input: { text: 'wait' } }), reply.resolve);
    expect(runtime.serving).toBe(1);
    call.cancel();
    release();
    await expect(reply.promise).resolves.toEqual({ kind: 'answer', output: { text: 'expired' } });
    expect(runtime.serving).toBe(0);
  });

  describe('under the standby’s cap of a bundle', () => {
    let releases: (() => void)[];
    let running: Promise<Reply>[];
    beforeEach(() => {
      host('bundle', { standby: { minimum: 8, initial: 8, maximum: 8, patience: 12 } });
      runtime.install({ epoch: 1, layout: layout('bundle') });
      runtime.install({ epoch: 2, layout: layout('service') });
      releases = [];
      running = Array.from({ length: 8 }, () => {
        const reply = serve({ epoch: 2, input: { text: 'wait' } });
        releases.push(release);
        return reply;
      });
    });
    afterEach(async () => {
      for (const one of releases) one();
      await Promise.all(running);
    });

    it('is refused when no place comes; a primary’s call needs none', async () => {
      const late = serve({ epoch: 2 });
      await expect(serve({ epoch: 1 })).resolves.toMatchObject({ kind: 'answer' });
      await expect(late).resolves.toMatchObject({ kind: 'refusal', reason: 'overloaded' });
    });

    it('waits for a place, and gives it back', async () => {
      const late = Array.from({ length: 3 }, () => serve({ epoch: 2 }));
      releases.shift()?.();
      await expect(Promise.all(late)).resolves.toMatchObject(Array(3).fill({ kind: 'answer' }));
    });

    it('is not begun when its deadline is over by then, and takes no place', async () => {
      const deadlineAt = steadyNow() + 1;
      const late = serve({ epoch: 2, deadlineAt });
      while (steadyNow() < deadlineAt);
      releases.shift()?.();
      await expect(late).resolves.toEqual(failure('deadline_exceeded'));
      await expect(serve({ epoch: 2 })).resolves.toMatchObject({ kind: 'answer' });
    });

    it.each([
      ['told that its caller gave up', 'cancel', 'expired'],
      ['no other when its caller’s connection is gone', 'abandon', 'wait'],
    ] as const)('is, once it runs, %s', async (_what, how, text) => {
      const late = Promise.withResolvers<Reply>();
      const call = runtime.serve(frame({ epoch: 2, input: { text: 'wait' } }), late.resolve);
      const [first] = running;
      releases.shift()?.();
      await first;
      call[how]();
      release();
      await expect(late.promise).resolves.toEqual({ kind: 'answer', output: { text } });
    });

    it.each(['cancel', 'abandon'] as const)('is not begun once nobody hears its answer: %s', async (how) => {
      const late = Promise.withResolvers<Reply>();
      const call = runtime.serve(frame({ epoch: 2, input: { text: 'wait' } }), late.resolve);
      call[how]();
      await expect(late.promise).resolves.toEqual(failure('cancelled'));
      const last = release;
      releases.shift()?.();
      await expect(serve({ epoch: 2 })).resolves.toMatchObject({ kind: 'answer' });
      expect(release).toBe(last);
    });

    it('does not begin after the end of its host', async () => {
      const late = serve({ epoch: 2 });
      await Promise.all([expect(late).resolves.toEqual(failure('cancelled')), runtime.close()]);
    });
  });
});
