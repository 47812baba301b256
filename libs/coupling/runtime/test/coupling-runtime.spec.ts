import type { Layout, Placement } from '@atlas/control-layout';
import { Type } from '@sinclair/typebox';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  contractHash,
  createCoupling,
  defineContract,
  implement,
  operation,
  PlatformError,
  type Admission,
  type AuditSink,
  type CouplingRuntime,
  type RuntimeOptions,
  type TimedCall,
} from '../src/index.ts';

const Text = Type.Object({ text: Type.String() }, { additionalProperties: false });
const echoContract = defineContract('echo', {
  say: operation({ kind: 'read', input: Text, output: Text, errors: [], deadlineMs: 1_000 }),
});
const layout = (placement: Placement): Layout => ({
  placements: { echo: placement },
  instances: { bundle: 1, echo: 1 },
  canary: {},
  configVersion: 1,
});

let runtime: CouplingRuntime;
const bundle = (options: Partial<RuntimeOptions> = {}): CouplingRuntime => {
  runtime = createCoupling({
    host: { instance: 'shop-0', nonce: 'abcdef0123456789', kind: 'bundle', modules: ['echo'] },
    ...options,
  });
  return runtime;
};
const tight = (options: Partial<RuntimeOptions> = {}): CouplingRuntime => {
  bundle(options).install({ epoch: 1, layout: layout('bundle') });
  runtime.setCurrent(1);
  return runtime;
};
const admit = (deadlineMs = 5_000): Admission => {
  const admission = runtime.admit({ label: 'test', deadlineMs });
  if (admission instanceof Promise) throw new Error('waits');
  return admission;
};
const echo = (say: (input: { readonly text: string }) => Promise<{ text: string }>) =>
  implement(echoContract, { say });

afterEach(async () => {
  vi.useRealTimers();
  await runtime.close();
});

describe('the wall clock', () => {
  it.each([3_600_000, -3_600_000])('that is set by %i ms ends no root and prolongs none', async (ms) => {
    tight();
    const [long, short] = [admit(20_000), admit(60)];
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + ms);
    try {
      expect(long.call.remainingMs()).toBeGreaterThan(0);
      expect(short.call.remainingMs()).toBeLessThanOrEqual(60);
      await vi.waitFor(() => expect(short.call.expired).toBe(true));
      expect([long, admit(20_000)].map(({ call }) => call.expired)).toEqual([false, false]);
    } finally {
      vi.restoreAllMocks();
      for (const { end } of [long, short]) end();
    }
  });
});

describe('admission', () => {
  it('fails with `unavailable` before a layout is in force', () => {
    bundle();
    expect(() => runtime.admit({ label: 'x' })).toThrow(PlatformError);
  });

  it('names roots by the nonce of their origin and a counter', () => {
    tight();
    expect([admit().call.rootId, admit().call.rootId]).toEqual(['abcdef0100000001', 'abcdef0100000002']);
  });

  it('keeps a root’s deadline within 30 s', () => {
    tight();
    expect(admit(60_000).call.remainingMs()).toBeLessThanOrEqual(30_000);
  });

  it('continues a trace, and draws a new one for a malformed header', () => {
    tight();
    const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const traced = runtime.admit({ label: 'x', traceparent: given });
    const broken = runtime.admit({ label: 'x', traceparent: 'nonsense' });
    if (traced instanceof Promise || broken instanceof Promise) throw new Error('waits');
    const { traceparent, rootId } = traced.call;
    expect(traceparent.slice(0, -1)).toBe(`00-0af7651916cd43dd8448eb211c80319c-${rootId}-0`);
    expect(broken.call.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
  });

  it.each(['00', '01', 'ff'])(
    'draws itself which roots are sampled, whatever a client says (%s)',
    (flags) => {
      tight();
      const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-${flags}`;
      const drawn = Array.from({ length: 128 }, () => {
        const admitted = runtime.admit({ label: 'x', traceparent });
        if (admitted instanceof Promise) throw new Error('waits');
        return admitted.call.traceparent.slice(-2);
      });
      expect(new Set(drawn)).toEqual(new Set(['00', '01']));
    },
  );

  it('waits only when the hook says so', async () => {
    const waits = [undefined, Promise.resolve()];
    tight({ beforeAdmit: () => waits.shift() });
    expect(runtime.admit({ label: 'x' })).not.toBeInstanceOf(Promise);
    await expect(runtime.admit({ label: 'x' })).resolves.toMatchObject({ epoch: 1, mode: 'tight' });
  });

  it('admits nobody who came before the end of admissions, and waits beyond it', async () => {
    const wait = Promise.withResolvers<void>();
    tight({ beforeAdmit: () => wait.promise });
    const waiting = runtime.admit({ label: 'x' });
    runtime.stopAdmitting();
    wait.resolve();
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable' });
    await expect(runtime.admit({ label: 'x' })).rejects.toMatchObject({ code: 'unavailable' });
    expect(runtime.openRoots()).toEqual({});
  });

  it('counts open roots per epoch and tells when a closed epoch has none left', () => {
    tight();
    runtime.install({ epoch: 2, layout: layout('bundle') });
    const drained: number[] = [];
    runtime.onDrained((epoch) => drained.push(epoch));
    const [first, second] = [admit(), admit()];
    runtime.setCurrent(2);
    const third = admit();
    expect(runtime.openRoots()).toEqual({ 1: 2, 2: 1 });
    expect(third.epoch).toBe(2);
    first.end();
    first.end();
    expect(drained).toEqual([]);
    expect(runtime.forget(1)).toBe(false);
    second.end();
    expect(drained).toEqual([1]);
    expect(runtime.openRoots()).toEqual({ 2: 1 });
    third.end();
    expect(drained).toEqual([1]);
    expect([runtime.forget(2), runtime.forget(1), runtime.holds(1)]).toEqual([false, true, false]);
  });

  it('tells at once of an epoch that closes without roots, and never goes back to an older one', () => {
    tight();
    runtime.install({ epoch: 2, layout: layout('bundle') });
    const drained: number[] = [];
    runtime.onDrained((epoch) => drained.push(epoch));
    runtime.setCurrent(2);
    runtime.setCurrent(1);
    expect([drained, runtime.current]).toEqual([[1], 2]);
  });

  it('is for bundles only', async () => {
    const service = createCoupling({
      host: { instance: 'echo-0', nonce: '1'.repeat(16), kind: 'service', modules: ['echo'] },
    });
    expect(() => service.admit({ label: 'x' })).toThrow('only bundles admit');
    await service.close();
  });
});

describe('a trial', () => {
  it('is told of when counting begins and when it ends, not of one that follows another', () => {
    tight();
    runtime.install({ epoch: 2, layout: layout('bundle') });
    const told: boolean[] = [];
    const forget = runtime.onTrial((on) => told.push(on));
    const on = (epoch: number): void => runtime.setTrial({ epoch, modules: ['echo'] });
    on(7);
    expect(told).toEqual([]);
    on(1);
    on(1);
    on(2);
    expect([told, runtime.tally()?.epoch]).toEqual([[true], 2]);
    runtime.setTrial(null);
    expect(told).toEqual([true, false]);
    forget();
    on(1);
    expect(told).toHaveLength(2);
  });

  it('counts the roots that are admitted under it, ended or not, and none that tops it up', () => {
    tight();
    admit().end();
    runtime.setTrial({ epoch: 1, modules: ['echo'] });
    const nonce = 'abcdef0123456789';
    expect(runtime.tally()?.roots).toEqual({ nonce, count: 0 });
    const open = [admit(), admit(), runtime.admit({ label: 'smoke', topUp: true })];
    admit().end();
    expect(runtime.tally()?.roots).toEqual({ nonce, count: 3 });
    runtime.setTrial(null);
    runtime.setTrial({ epoch: 1, modules: ['echo'] });
    expect(runtime.tally()?.roots?.count).toBe(0);
    for (const admission of open) if (!(admission instanceof Promise)) admission.end();
  });
});

describe('a tight call', () => {
  it('returns the handler’s own promise', () => {
    tight();
    const own = Promise.resolve({ text: 'x' });
    runtime.register(echo(() => own));
    expect(runtime.client(echoContract).say({ text: 'x' }, admit().call)).toBe(own);
  });

  it('works for modules that are registered after the layout', async () => {
    tight();
    const client = runtime.client(echoContract);
    runtime.register(echo((input) => Promise.resolve(input)));
    await expect(client.say({ text: 'late' }, admit().call)).resolves.toEqual({ text: 'late' });
    expect(() => runtime.register(echo((input) => Promise.resolve(input)))).toThrow('registered twice');
  });

  it('fails for a module that the layout does not name', async () => {
    bundle().install({ epoch: 1, layout: { ...layout('bundle'), placements: {} } });
    runtime.setCurrent(1);
    runtime.register(echo((input) => Promise.resolve(input)));
    await expect(runtime.client(echoContract).say({ text: '' }, admit().call)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('is refused once the deadline has passed, which `expired` tells the running handler', async () => {
    tight();
    runtime.register(echo((input) => Promise.resolve(input)));
    const { call } = admit(30);
    await vi.waitUntil(() => call.expired, { interval: 5 });
    await expect(runtime.client(echoContract).say({ text: '' }, call)).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
  });

  it('is refused after the root has ended', async () => {
    tight();
    runtime.register(echo((input) => Promise.resolve(input)));
    const admission = admit();
    admission.end();
    await expect(runtime.client(echoContract).say({ text: '' }, admission.call)).rejects.toMatchObject({
      code: 'root_ended',
    });
  });

  const silent: AuditSink = { admit: () => {}, call: () => {}, serve: () => {} };
  it.each([
    ['off', {}],
    ['on', { audit: silent }],
  ])('is timed in one root of 64 or more, with auditing %s', async (_state, options) => {
    const timed: TimedCall[] = [];
    tight({ observer: { called: (call) => timed.push(call) }, ...options });
    runtime.register(echo((input) => Promise.resolve(input)));
    const client = runtime.client(echoContract);
    for (let root = 0; root < 128; root += 1) {
      const admission = admit();
      await client.say({ text: '' }, admission.call);
      admission.end();
    }
    // On a slow machine more than 50 ms pass: then some are drawn besides.
    expect(timed.length).toBeGreaterThanOrEqual(2);
    expect(timed[0]).toMatchObject({
      module: 'echo',
      operation: 'say',
      epoch: 1,
      local: true,
      error: undefined,
    });
  });

  it('is written down on both sides when auditing is on', async () => {
    const lines: unknown[] = [];
    const audit: AuditSink = {
      admit: (root, epoch, label) => lines.push(['admit', root, epoch, label]),
      call: (record) => lines.push(['call', record.operation, record.target, record.outcome]),
      serve: (record) => lines.push(['serve', record.operation, record.instance]),
    };
    tight({ audit });
    runtime.register(
      echo(({ text }) =>
        text === 'bad'
          ? Promise.reject(new PlatformError('dependency_unavailable'))
          : Promise.resolve({ text }),
      ),
    );
    const client = runtime.client(echoContract);
    const { call } = admit();
    await client.say({ text: 'x' }, call);
    await client.say({ text: 'bad' }, call).catch(() => {});
    expect(lines).toEqual([
      ['admit', 'abcdef0100000001', 1, 'test'],
      ['serve', 'say', 'shop-0'],
      ['call', 'say', 'shop-0', 'ok'],
      ['serve', 'say', 'shop-0'],
      ['call', 'say', 'shop-0', 'dependency_unavailable'],
    ]);
  });
});

describe('contractHash', () => {
  const one = { kind: 'read', input: Text, output: Text, errors: ['b', 'a'], deadlineMs: 1 } as const;
  const a = defineContract('a', { x: one, y: one });

  it('does not depend on the order of contracts, operations or keys', () => {
    const turned = { deadlineMs: 1, errors: ['b', 'a'], output: Text, input: Text, kind: 'read' } as const;
    const b = defineContract('b', { x: one });
    expect(contractHash([defineContract('a', { y: turned, x: one }), b])).toBe(contractHash([b, a]));
  });
  it.each([
    ['its kind', { kind: 'keyed' }],
    ['its input', { input: Type.Object({ text: Type.String() }) }],
    ['its output', { output: Type.Object({ text: Type.String() }) }],
    ['its errors', { errors: ['b'] }],
    ['its deadline', { deadlineMs: 2 }],
    ['what triggers it', { trigger: { everyMs: 20 } }],
  ] as const)('changes with any part of any operation: %s', (_part, change) => {
    const changed = defineContract('a', { x: one, y: { ...one, ...change } });
    expect(contractHash([changed])).not.toBe(contractHash([a]));
  });
});
