import { describe, expect, it } from 'vitest';
import { PlatformError } from '../src/index.ts';
import { contract, eachTestHasARoot, instance } from './echo-scene.ts';

const { at, say } = eachTestHasARoot();

const exit = (nonce: string, cause: 'signal' | 'exit' | 'retired') => ({
  instance: 'x',
  nonce,
  cause,
  at: 0,
});

describe('the connection was lost with the call in flight', () => {
  const lose = (): void => {
    const { to, outcome } = at.connector.last();
    at.connector.setState(to, 'down');
    outcome.lost();
  };
  /** … with every call so far, all of them on n1. @returns them */
  const loseAll = () => {
    const sent = at.connector.sent.slice();
    at.connector.setState('n1', 'down');
    for (const { outcome } of sent) outcome.lost();
    return sent;
  };

  it('waits for evidence before anything is sent (C3)', async () => {
    const answer = say();
    lose();
    expect(at.connector.sent).toHaveLength(1);
    at.runtime.setExits([exit('n1', 'signal')]);
    await expect(answer).resolves.toEqual({ text: 'standby x' });
  });

  it('goes to another instance after an orderly end', async () => {
    const answer = say();
    lose();
    at.runtime.setEndpoints([instance('n2')]);
    at.runtime.setExits([exit('n1', 'retired')]);
    expect(at.connector.last().to).toBe('n2');
    at.connector.last().outcome.answered({ text: 'n2' });
    await expect(answer).resolves.toEqual({ text: 'n2' });
  });

  it('is repeated there when the process answers again with its nonce', async () => {
    const answer = say();
    lose();
    at.connector.setState('n1', 'ready');
    expect(at.connector.sent.map(({ to }) => to)).toEqual(['n1', 'n1']);
    at.connector.last().outcome.answered({ text: 'again' });
    await expect(answer).resolves.toEqual({ text: 'again' });
  });

  it('is repeated there at once when another connection to the process is up already', async () => {
    const answer = say();
    const { outcome } = at.connector.last();
    at.runtime.setEndpoints([]); // its lease lapsed for a moment
    at.runtime.setEndpoints([instance('n1')]);
    outcome.lost();
    expect(at.connector.sent.map(({ to }) => to)).toEqual(['n1', 'n1']);
    at.connector.last().outcome.answered({ text: 'again' });
    await expect(answer).resolves.toEqual({ text: 'again' });
  });

  it('is `connection_lost` when no evidence comes before the deadline', async () => {
    const answer = at.runtime.client(contract).slow({ text: 'x' }, at.call);
    lose();
    await expect(answer).rejects.toMatchObject({ code: 'connection_lost' });
  });

  it('after a crash waits for a new instance, never the standby, one call at a time', async () => {
    const answers = [say('1'), say('2')];
    loseAll();
    at.runtime.setExits([exit('n1', 'exit')]);
    expect(at.connector.sent).toHaveLength(2);
    at.runtime.setEndpoints([instance('n2')]);
    expect(at.connector.sent).toHaveLength(3);
    at.connector.last().outcome.answered({ text: 'one' });
    expect(at.connector.sent).toHaveLength(4);
    at.connector.last().outcome.answered({ text: 'two' });
    await expect(Promise.all(answers)).resolves.toEqual([{ text: 'one' }, { text: 'two' }]);
  });

  it('after a crash waits for a new instance that could not be reached at first', async () => {
    const answer = say();
    lose();
    at.runtime.setExits([exit('n1', 'exit')]);
    at.runtime.setEndpoints([instance('n2')]);
    expect(at.connector.last().to).toBe('n2');
    at.connector.setState('n2', 'down');
    at.connector.last().outcome.refused('not_sent', 'cannot be reached');
    expect(at.connector.sent).toHaveLength(2);
    at.connector.setState('n2', 'ready');
    expect(at.connector.sent).toHaveLength(3);
    at.connector.last().outcome.answered({ text: 'there' });
    await expect(answer).resolves.toEqual({ text: 'there' });
  });

  it('becomes a dead letter at the second crash, and the next suspect has its turn', async () => {
    const poison = say('poison');
    const innocent = say('innocent');
    poison.catch(() => {});
    loseAll();
    at.runtime.setExits([exit('n1', 'exit')]);
    at.runtime.setEndpoints([instance('n2')]);
    lose();
    at.runtime.setExits([exit('n1', 'exit'), exit('n2', 'exit')]);
    await expect(poison).rejects.toMatchObject({ code: 'dead_letter' });
    expect(at.letters).toMatchObject([{ module: 'echo', operation: 'say', input: { text: 'poison' } }]);
    at.runtime.setEndpoints([instance('n3')]);
    expect(at.connector.last().frame.input).toEqual({ text: 'innocent' });
    at.connector.last().outcome.answered({ text: 'fine' });
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
    at.standby = ({ text }) => Promise.resolve({ text });
    at.connector.setState('n1', 'ready');
    const repeated = at.connector.sent.length - sent.length;
    for (const { outcome } of at.connector.sent.slice(sent.length)) outcome.answered({ text: '' });
    const settled = await outcomes;
    expect(repeated).toBe(26);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(26);
    const failed = settled.find((one) => one.status === 'rejected');
    expect(failed?.reason).toBeInstanceOf(PlatformError);
    expect(failed?.reason).toMatchObject({ code: 'connection_lost' });
  });
});
