import { beforeEach, describe, expect, it } from 'vitest';
import { steadyNow } from '../src/index.ts';
import { contract, eachTestHasARoot, instance } from './echo-scene.ts';

const { at, say } = eachTestHasARoot();

describe('nothing was executed', () => {
  it.each(['not_sent', 'goaway', 'epoch_unknown'] as const)(
    '%s: another instance, then the standby',
    async (reason) => {
      at.runtime.setEndpoints([instance('n1'), instance('n2')]);
      const answer = say();
      const first = at.connector.last().to;
      at.connector.last().outcome.refused(reason, '');
      expect(at.connector.last().to).not.toBe(first);
      at.connector.last().outcome.refused(reason, '');
      await expect(answer).resolves.toEqual({ text: 'standby x' });
    },
  );

  it('goes to the standby at once when no instance is up', async () => {
    at.connector.setState('n1', 'down');
    await expect(say()).resolves.toEqual({ text: 'standby x' });
    expect(at.connector.sent).toHaveLength(0);
  });

  describe('above the standby’s cap', () => {
    /** What runs in it: the next call ends with each `release`. */
    let running: (() => void)[];
    const release = (): void => running.shift()?.();
    const fill = (): Promise<unknown>[] => Array.from({ length: 8 }, (_, place) => say(String(place)));

    beforeEach(() => {
      running = [];
      at.connector.setState('n1', 'gone');
      at.standby = ({ text }) => new Promise((resolve) => running.push(() => resolve({ text })));
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
      const answer = at.runtime.client(contract).slow({ text: 'late' }, at.call);
      await expect(answer).rejects.toMatchObject({ code: 'overloaded' });
      while (running.length > 0) release();
      expect(running).toEqual([]);
    });

    it('is not begun when its time is over by then, and leaves its place to the next', async () => {
      const before = fill();
      void Promise.allSettled(before);
      const answer = at.runtime.client(contract).slow({ text: 'late' }, at.call);
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
      await Promise.all([expect(answer).rejects.toMatchObject({ code: 'cancelled' }), at.runtime.close()]);
      while (running.length > 0) release();
      await new Promise(setImmediate);
      expect(running).toEqual([]);
    });
  });

  it('shares its place under the standby’s cap with the calls that it makes itself', async () => {
    at.connector.setState('n1', 'gone');
    const inner = at.runtime.client(contract);
    const all = Promise.withResolvers<void>();
    let began = 0;
    at.standby = async ({ text }, inside) => {
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
    at.connector.last().outcome.refused('overloaded', 'full');
    await expect(answer).rejects.toMatchObject({ code: 'overloaded' });
  });
});
