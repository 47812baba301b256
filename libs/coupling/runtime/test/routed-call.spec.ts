import type { Layout } from '@atlas/control-layout';
import { Type } from '@sinclair/typebox';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createCoupling,
  defineContract,
  implement,
  operation,
  PlatformError,
  steadyNow,
  type Admission,
  type Call,
  type CouplingRuntime,
  type DeadLetter,
  type Endpoint,
} from '../src/index.ts';
import { ScriptedConnector } from './scripted-connector.ts';

const Text = Type.Object({ text: Type.String() });
const contract = defineContract('echo', {
  say: operation({ kind: 'read', input: Text, output: Text, errors: ['silent'], deadlineMs: 1_000 }),
  slow: operation({ kind: 'read', input: Text, output: Text, errors: [], deadlineMs: 60 }),
});
const layout: Layout = {
  placements: { echo: 'service' },
  instances: { bundle: 1, echo: 2 },
  canary: {},
  configVersion: 1,
};
const instance = (nonce: string, health: Endpoint['health'] = 'ready'): Endpoint => ({
  instance: `echo-${nonce}`,
  nonce,
  kind: 'service',
  modules: ['echo'],
  rpc: '',
  health,
});
const exit = (nonce: string, cause: 'signal' | 'exit' | 'retired') => ({
  instance: 'x',
  nonce,
  cause,
  at: 0,
});

let connector: ScriptedConnector;
let runtime: CouplingRuntime;
let admission: Admission;
let call: Call;
let letters: DeadLetter[];
let standby: (input: { readonly text: string }, call: Call) => Promise<{ text: string }>;

const admit = (): Admission => {
  const admitted = runtime.admit({ label: 'test', deadlineMs: 5_000 });
  if (admitted instanceof Promise) throw new Error('waits');
  return admitted;
};
const say = (text = 'x'): Promise<unknown> => runtime.client(contract).say({ text }, call);

beforeEach(() => {
  connector = new ScriptedConnector();
  letters = [];
  standby = ({ text }) => Promise.resolve({ text: `standby ${text}` });
  runtime = createCoupling({
    host: { instance: 'shop-0', nonce: 'ab'.repeat(8), kind: 'bundle', modules: ['echo'] },
    connector,
    onDeadLetter: (letter) => letters.push(letter),
    standby: { minimum: 8, initial: 8, maximum: 8, patience: 12 },
  });
  const run = (input: { readonly text: string }, inside: Call) => standby(input, inside);
  runtime.register(implement(contract, { say: run, slow: run }));
  runtime.install({ epoch: 1, layout });
  runtime.setCurrent(1);
  runtime.setEndpoints([instance('n1')]);
  admission = admit();
  call = admission.call;
});

afterEach(async () => {
  await runtime.close();
});

describe('a call that still waits to be sent when its caller gives up', () => {
  const queue = (): void => connector.setState('n1', 'connecting');
  const ran: string[] = [];
  beforeEach(() => {
    ran.length = 0;
    standby = ({ text }) => {
      ran.push(text);
      return Promise.resolve({ text });
    };
    queue();
  });

  it('is sent to nobody else at its deadline', async () => {
    const answer = runtime.client(contract).slow({ text: 'late' }, call);
    await expect(answer).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(connector.last().cancelled).toBe(true);
    expect(ran).toEqual([]);
    admission.end();
    expect(runtime.openRoots()).toEqual({});
  });

  it('is sent to nobody else when it is cancelled', async () => {
    const answer = say('cancelled');
    await Promise.all([expect(answer).rejects.toMatchObject({ code: 'cancelled' }), runtime.close()]);
    expect(ran).toEqual([]);
  });
});

describe('a remote call', () => {
  it('goes to the service with root, epoch, key and the earlier deadline', async () => {
    const answer = runtime.client(contract).slow({ text: 'x' }, call.withKey('k'));
    const { frame, outcome } = connector.last();
    expect(frame).toMatchObject({
      module: 'echo',
      operation: 'slow',
      rootId: call.rootId,
      epoch: 1,
      key: 'k',
    });
    expect(frame.deadlineAt).toBeLessThanOrEqual(steadyNow() + 60);
    outcome.answered({ text: 'there' });
    await expect(answer).resolves.toEqual({ text: 'there' });
  });

  it('rejects with the callee’s coded error', async () => {
    const answer = say();
    connector.last().outcome.failed({ kind: 'business', code: 'silent', message: 'm', details: { n: 1 } });
    await expect(answer).rejects.toMatchObject({ kind: 'business', code: 'silent', details: { n: 1 } });
  });

  it('is not repeated when the callee’s own callee was unavailable', async () => {
    const answer = say();
    connector
      .last()
      .outcome.failed({ kind: 'platform', code: 'unavailable', message: '', retryAfterMs: undefined });
    await expect(answer).rejects.toMatchObject({ code: 'unavailable' });
    expect(connector.sent).toHaveLength(1);
  });

  it('ends at the operation’s deadline and tells the callee', async () => {
    const answer = runtime.client(contract).slow({ text: 'x' }, call);
    await expect(answer).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(connector.last().cancelled).toBe(true);
  });

  it('keeps its root open until the callee has answered, even when the caller has given up (C2)', async () => {
    await runtime
      .client(contract)
      .slow({ text: 'x' }, call)
      .catch(() => {});
    admission.end();
    expect(runtime.openRoots()).toEqual({ 1: 1 });
    connector.last().outcome.answered({ text: 'late' });
    expect(runtime.openRoots()).toEqual({});
  });

  it('prefers the instance with fewer calls and skips those that are not ready', () => {
    runtime.setEndpoints([instance('n1', 'starting'), instance('n2'), instance('n3', 'leaving')]);
    void say().catch(() => {});
    expect(connector.last().to).toBe('n2');
  });
});

describe('nothing was executed', () => {
  it.each(['not_sent', 'goaway', 'epoch_unknown'] as const)(
    '%s: another instance, then the standby',
    async (reason) => {
      runtime.setEndpoints([instance('n1'), instance('n2')]);
      const answer = say();
      const first = connector.last().to;
      connector.last().outcome.refused(reason, '');
      expect(connector.last().to).not.toBe(first);
      connector.last().outcome.refused(reason, '');
      await expect(answer).resolves.toEqual({ text: 'standby x' });
    },
  );

  it('goes to the standby at once when no instance is up', async () => {
    connector.setState('n1', 'down');
    await expect(say()).resolves.toEqual({ text: 'standby x' });
    expect(connector.sent).toHaveLength(0);
  });

  describe('above the standby’s cap', () => {
    /** What runs in it: the next call ends with each `release`. */
    let running: (() => void)[];
    const release = (): void => running.shift()?.();
    const fill = (): Promise<unknown>[] => Array.from({ length: 8 }, (_, place) => say(String(place)));

    beforeEach(() => {
      running = [];
      connector.setState('n1', 'gone');
      standby = ({ text }) => new Promise((resolve) => running.push(() => resolve({ text })));
    });

    it('waits for a place, in order of arrival (C6)', async () => {
      const before = fill();
      const late = ['a', 'b'].map((text) => say(text));
      expect(running).toHaveLength(8);
      release();
      await before[0];
      expect(running).toHaveLength(8);
      while (running.length > 0) release();
      await Promise.all(before);
      while (running.length > 0) release();
      await expect(Promise.all(late)).resolves.toEqual([{ text: 'a' }, { text: 'b' }]);
    });

    it('is refused when no place comes', async () => {
      void Promise.allSettled(fill());
      await expect(say()).rejects.toMatchObject({ code: 'overloaded' });
    });

    it('is refused at its deadline, since it has not been run', async () => {
      void Promise.allSettled(fill());
      const answer = runtime.client(contract).slow({ text: 'late' }, call);
      await expect(answer).rejects.toMatchObject({ code: 'overloaded' });
      while (running.length > 0) release();
      expect(running).toEqual([]);
    });

    it('is not begun when its time is over by then, and leaves its place to the next', async () => {
      const before = fill();
      void Promise.allSettled(before);
      const answer = runtime.client(contract).slow({ text: 'late' }, call);
      const over = steadyNow() + 60;
      while (steadyNow() < over);
      release();
      await before[0];
      await expect(answer).rejects.toMatchObject({ code: 'overloaded' });
      expect(running).toHaveLength(7);
      say('next').catch(() => {});
      expect(running).toHaveLength(8);
    });

    it('waits no more when it is cancelled', async () => {
      void Promise.allSettled(fill());
      const answer = say('cancelled');
      await Promise.all([expect(answer).rejects.toMatchObject({ code: 'cancelled' }), runtime.close()]);
      while (running.length > 0) release();
      await new Promise(setImmediate);
      expect(running).toEqual([]);
    });
  });

  it('shares its place under the standby’s cap with the calls that it makes itself', async () => {
    connector.setState('n1', 'gone');
    const inner = runtime.client(contract);
    const all = Promise.withResolvers<void>();
    let began = 0;
    standby = async ({ text }, inside) => {
      if (text === 'inner') return { text };
      if ((began += 1) === 8) all.resolve();
      await all.promise;
      return inner.say({ text: 'inner' }, inside.withKey('k'));
    };
    const outer = Array.from({ length: 8 }, () => say('outer'));
    await expect(Promise.all(outer)).resolves.toHaveLength(8);
  });

  it('reports an instance that is overloaded instead of pressing on', async () => {
    const answer = say();
    connector.last().outcome.refused('overloaded', 'full');
    await expect(answer).rejects.toMatchObject({ code: 'overloaded' });
  });
});

describe('the connection was lost with the call in flight', () => {
  const lose = (): void => {
    const { to, outcome } = connector.last();
    connector.setState(to, 'down');
    outcome.lost();
  };
  /** … with every call so far, all of them on n1. @returns them */
  const loseAll = () => {
    const sent = connector.sent.slice();
    connector.setState('n1', 'down');
    for (const { outcome } of sent) outcome.lost();
    return sent;
  };

  it('waits for evidence before anything is sent (C3)', async () => {
    const answer = say();
    lose();
    expect(connector.sent).toHaveLength(1);
    runtime.setExits([exit('n1', 'signal')]);
    await expect(answer).resolves.toEqual({ text: 'standby x' });
  });

  it('goes to another instance after an orderly end', async () => {
    const answer = say();
    lose();
    runtime.setEndpoints([instance('n2')]);
    runtime.setExits([exit('n1', 'retired')]);
    expect(connector.last().to).toBe('n2');
    connector.last().outcome.answered({ text: 'n2' });
    await expect(answer).resolves.toEqual({ text: 'n2' });
  });

  it('is repeated there when the process answers again with its nonce', async () => {
    const answer = say();
    lose();
    connector.setState('n1', 'ready');
    expect(connector.sent.map(({ to }) => to)).toEqual(['n1', 'n1']);
    connector.last().outcome.answered({ text: 'again' });
    await expect(answer).resolves.toEqual({ text: 'again' });
  });

  it('is repeated there at once when another connection to the process is up already', async () => {
    const answer = say();
    const { outcome } = connector.last();
    runtime.setEndpoints([]); // its lease lapsed for a moment
    runtime.setEndpoints([instance('n1')]);
    outcome.lost();
    expect(connector.sent.map(({ to }) => to)).toEqual(['n1', 'n1']);
    connector.last().outcome.answered({ text: 'again' });
    await expect(answer).resolves.toEqual({ text: 'again' });
  });

  it('is `connection_lost` when no evidence comes before the deadline', async () => {
    const answer = runtime.client(contract).slow({ text: 'x' }, call);
    lose();
    await expect(answer).rejects.toMatchObject({ code: 'connection_lost' });
  });

  it('after a crash waits for a new instance, never the standby, one call at a time', async () => {
    const answers = [say('1'), say('2')];
    loseAll();
    runtime.setExits([exit('n1', 'exit')]);
    expect(connector.sent).toHaveLength(2);
    runtime.setEndpoints([instance('n2')]);
    expect(connector.sent).toHaveLength(3);
    connector.last().outcome.answered({ text: 'one' });
    expect(connector.sent).toHaveLength(4);
    connector.last().outcome.answered({ text: 'two' });
    await expect(Promise.all(answers)).resolves.toEqual([{ text: 'one' }, { text: 'two' }]);
  });

  it('after a crash waits for a new instance that could not be reached at first', async () => {
    const answer = say();
    lose();
    runtime.setExits([exit('n1', 'exit')]);
    runtime.setEndpoints([instance('n2')]);
    expect(connector.last().to).toBe('n2');
    connector.setState('n2', 'down');
    connector.last().outcome.refused('not_sent', 'cannot be reached');
    expect(connector.sent).toHaveLength(2);
    connector.setState('n2', 'ready');
    expect(connector.sent).toHaveLength(3);
    connector.last().outcome.answered({ text: 'there' });
    await expect(answer).resolves.toEqual({ text: 'there' });
  });

  it('becomes a dead letter at the second crash, and the next suspect has its turn', async () => {
    const poison = say('poison');
    const innocent = say('innocent');
    poison.catch(() => {});
    loseAll();
    runtime.setExits([exit('n1', 'exit')]);
    runtime.setEndpoints([instance('n2')]);
    lose();
    runtime.setExits([exit('n1', 'exit'), exit('n2', 'exit')]);
    await expect(poison).rejects.toMatchObject({ code: 'dead_letter' });
    expect(letters).toMatchObject([{ module: 'echo', operation: 'say', input: { text: 'poison' } }]);
    runtime.setEndpoints([instance('n3')]);
    expect(connector.last().frame.input).toEqual({ text: 'innocent' });
    connector.last().outcome.answered({ text: 'fine' });
    await expect(innocent).resolves.toEqual({ text: 'fine' });
  });

  it('lets new calls go to the standby meanwhile', async () => {
    void say().catch(() => {});
    lose();
    await expect(say('new')).resolves.toEqual({ text: 'standby new' });
  });

  it('pays each repetition from the budget (C4)', async () => {
    const answers = Array.from({ length: 60 }, () => say());
    const outcomes = Promise.allSettled(answers);
    const sent = loseAll();
    standby = ({ text }) => Promise.resolve({ text });
    connector.setState('n1', 'ready');
    const repeated = connector.sent.length - sent.length;
    for (const { outcome } of connector.sent.slice(sent.length)) outcome.answered({ text: '' });
    const settled = await outcomes;
    expect(repeated).toBe(26);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(26);
    const failed = settled.find((one) => one.status === 'rejected');
    expect(failed?.reason).toBeInstanceOf(PlatformError);
    expect(failed?.reason).toMatchObject({ code: 'connection_lost' });
  });
});
