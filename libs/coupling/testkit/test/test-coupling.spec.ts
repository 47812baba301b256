import {
  BusinessError,
  defineContract,
  implement,
  operation,
  type Call,
  type Coupling,
} from '@atlas/coupling-runtime';
import { Type } from '@sinclair/typebox';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestCoupling, fakeModule, type TestCoupling, type TestPlacement } from '../src/index.ts';

const Text = Type.Object({ text: Type.String() }, { additionalProperties: false });

const echoContract = defineContract('echo', {
  say: operation({ kind: 'read', input: Text, output: Text, errors: ['silent'], deadlineMs: 1_000 }),
  store: operation({ kind: 'keyed', input: Text, output: Text, errors: [], deadlineMs: 1_000 }),
});
const relayContract = defineContract('relay', {
  pass: operation({ kind: 'read', input: Text, output: Text, errors: ['silent'], deadlineMs: 1_000 }),
});

const echo = () =>
  implement(echoContract, {
    say: async ({ text }) => {
      if (text === '') throw new BusinessError('silent', 'nothing to say', { length: 0 });
      return { text };
    },
    store: async (_input, call) => ({ text: call.key ?? '' }),
  });

const relay = (coupling: Coupling) => {
  const client = coupling.client(echoContract);
  return implement(relayContract, { pass: (input, call) => client.say(input, call) });
};

let open: TestCoupling | undefined;
const start = async (placement: TestPlacement): Promise<TestCoupling> => {
  const coupling = createTestCoupling({ placement, modules: [echo()] });
  coupling.registry.register(relay(coupling.coupling));
  open = coupling;
  return coupling.start();
};

afterEach(async () => {
  await open?.close();
  open = undefined;
});

describe.each(['local', 'encoded', 'remote'] as const)('a test coupling, %s', (placement) => {
  it('answers through two modules', async () => {
    const coupling = await start(placement);
    await expect(coupling.client(relayContract).pass({ text: 'hi' }, coupling.callOf())).resolves.toEqual({
      text: 'hi',
    });
  });

  it('carries business errors with their details', async () => {
    const coupling = await start(placement);
    const failed = coupling.client(relayContract).pass({ text: '' }, coupling.callOf());
    await expect(failed).rejects.toMatchObject({ kind: 'business', code: 'silent', details: { length: 0 } });
  });

  it('hands the key to keyed operations and refuses them without one', async () => {
    const coupling = await start(placement);
    const client = coupling.client(echoContract);
    await expect(client.store({ text: 'x' }, coupling.callOf({ key: 'k1' }))).resolves.toEqual({
      text: 'k1',
    });
    await expect(client.store({ text: 'x' }, coupling.callOf())).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });

  it('refuses a call of a root that has ended', async () => {
    const coupling = await start(placement);
    const admission = coupling.admit({ label: 'test' });
    admission.end();
    await expect(coupling.client(echoContract).say({ text: 'x' }, admission.call)).rejects.toMatchObject({
      code: 'root_ended',
    });
  });

  it('fails a test whose root ended with a call still running', async () => {
    const coupling = createTestCoupling({ placement });
    const release = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    coupling.register(
      fakeModule(echoContract, {
        say: async (input) => {
          started.resolve();
          await release.promise;
          return input;
        },
      }),
    );
    await coupling.start();
    const admission = coupling.admit({ label: 'test' });
    const detached = coupling.client(echoContract).say({ text: 'x' }, admission.call);
    await started.promise;
    admission.end();
    release.resolve();
    await detached;
    expect(coupling.detached).toEqual([`echo.say of root ${admission.call.rootId}`]);
    await expect(coupling.close()).rejects.toThrow('detached promises: echo.say');
  });
});

describe('a test coupling', () => {
  it('hands a local caller the handler’s own promise', () => {
    const coupling = createTestCoupling({ modules: [echo()] });
    open = coupling;
    const call: Call = coupling.callOf();
    expect(call.rootId).toMatch(/^[0-9a-f]{16}$/);
    expect(call.remainingMs()).toBeGreaterThan(5_000);
  });

  it('names an operation that has no fake', async () => {
    open = createTestCoupling({ modules: [fakeModule(echoContract, {})] });
    await expect(open.client(echoContract).say({ text: 'x' }, open.callOf())).rejects.toThrow(
      'echo.say has no fake',
    );
  });

  it('freezes what a handler answers: its holder must not change it', async () => {
    open = createTestCoupling({ modules: [echo()] });
    const answer: { text: string } = await open.client(echoContract).say({ text: 'x' }, open.callOf());
    expect(() => (answer.text = 'y')).toThrow(TypeError);
  });

  it('fails on an answer that does not fit the contract', async () => {
    open = createTestCoupling({
      modules: [fakeModule(echoContract, { say: () => Promise.resolve({ text: 1 } as never) })],
    });
    await expect(open.client(echoContract).say({ text: 'x' }, open.callOf())).rejects.toThrow('/text');
  });
});
