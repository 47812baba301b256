import { beforeEach, describe, expect, it } from 'vitest';
import { steadyNow } from '../src/index.ts';
import { contract, eachTestHasARoot, instance } from './echo-scene.ts';

const { at, say } = eachTestHasARoot();

describe('a call that still waits to be sent when its caller gives up', () => {
  const queue = (): void => at.connector.setState('n1', 'connecting');
  const ran: string[] = [];
  beforeEach(() => {
    ran.length = 0;
    at.standby = ({ text }) => {
      ran.push(text);
      return Promise.resolve({ text });
    };
    queue();
  });

  it('is sent to nobody else at its deadline', async () => {
    const answer = at.runtime.client(contract).slow({ text: 'late' }, at.call);
    await expect(answer).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(at.connector.last().cancelled).toBe(true);
    expect(ran).toEqual([]);
    at.admission.end();
    expect(at.runtime.openRoots()).toEqual({});
  });

  it('is sent to nobody else when it is cancelled', async () => {
    const answer = say('cancelled');
    await Promise.all([expect(answer).rejects.toMatchObject({ code: 'cancelled' }), at.runtime.close()]);
    expect(ran).toEqual([]);
  });
});

describe('a remote call', () => {
  it('goes to the service with root, epoch, key and the earlier deadline', async () => {
    const answer = at.runtime.client(contract).slow({ text: 'x' }, at.call.withKey('k'));
    const { frame, outcome } = at.connector.last();
    expect(frame).toMatchObject({
      module: 'echo',
      operation: 'slow',
      rootId: at.call.rootId,
      epoch: 1,
      key: 'k',
    });
    expect(frame.deadlineAt).toBeLessThanOrEqual(steadyNow() + 60);
    outcome.answered({ text: 'there' });
    await expect(answer).resolves.toEqual({ text: 'there' });
  });

  it('rejects with the callee’s coded error', async () => {
    const answer = say();
    at.connector.last().outcome.failed({ kind: 'business', code: 'silent', message: 'm', details: { n: 1 } });
    await expect(answer).rejects.toMatchObject({ kind: 'business', code: 'silent', details: { n: 1 } });
  });

  it('is not repeated when the callee’s own callee was unavailable', async () => {
    const answer = say();
    at.connector
      .last()
      .outcome.failed({ kind: 'platform', code: 'unavailable', message: '', retryAfterMs: undefined });
    await expect(answer).rejects.toMatchObject({ code: 'unavailable' });
    expect(at.connector.sent).toHaveLength(1);
  });

  it('ends at the operation’s deadline and tells the callee', async () => {
    const answer = at.runtime.client(contract).slow({ text: 'x' }, at.call);
    await expect(answer).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(at.connector.last().cancelled).toBe(true);
  });

  it('keeps its root open until the callee has answered, even when the caller has given up (C2)', async () => {
    await at.runtime
      .client(contract)
      .slow({ text: 'x' }, at.call)
      .catch(() => {});
    at.admission.end();
    expect(at.runtime.openRoots()).toEqual({ 1: 1 });
    at.connector.last().outcome.answered({ text: 'late' });
    expect(at.runtime.openRoots()).toEqual({});
  });

  it('prefers the instance with fewer calls and skips those that are not ready', () => {
    at.runtime.setEndpoints([instance('n1', 'starting'), instance('n2'), instance('n3', 'leaving')]);
    void say().catch(() => {});
    expect(at.connector.last().to).toBe('n2');
    at.runtime.setEndpoints(['n4', 'n5'].map((nonce) => instance(nonce)));
    for (let call = 0; call < 20; call += 1) void say().catch(() => {});
    for (const nonce of ['n4', 'n5'])
      expect(at.connector.sent.filter(({ to }) => to === nonce)).toHaveLength(10);
  });
});
