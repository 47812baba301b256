import { expect, test } from 'vitest';
import { keepRunning, type Run } from '../src/keep-running.ts';

class FakeRun implements Run {
  readonly #end = Promise.withResolvers<string>();
  readonly exited = this.#end.promise;
  stops = 0;
  end(how: string): void {
    this.#end.resolve(how);
  }
  stop(): Promise<void> {
    this.stops += 1;
    this.end('stopped');
    return Promise.resolve();
  }
}

/** Starts as told: a run, or an error. `next` resolves at the next call of start. */
class Starter {
  readonly runs: FakeRun[] = [];
  readonly failures: Error[] = [];
  readonly troubles: { what: string; pauseMs: number }[] = [];
  #started = Promise.withResolvers<FakeRun>();

  readonly options = {
    firstPauseMs: 1,
    onTrouble: (what: string, pauseMs: number): void => void this.troubles.push({ what, pauseMs }),
    start: (): Promise<FakeRun> => {
      const failure = this.failures.shift();
      if (failure) return Promise.reject(failure);
      const run = new FakeRun();
      this.runs.push(run);
      this.#started.resolve(run);
      return Promise.resolve(run);
    },
  };

  async next(): Promise<FakeRun> {
    const run = await this.#started.promise;
    this.#started = Promise.withResolvers();
    return run;
  }
}

test('what ends is started again, after longer and longer pauses', async () => {
  const starter = new Starter();
  const kept = await keepRunning(starter.options);
  for (const how of ['SIGKILL', 'exit code 1', 'exit code 2']) (await starter.next()).end(how);
  const last = await starter.next();
  expect(starter.troubles).toEqual([
    { what: 'SIGKILL', pauseMs: 1 },
    { what: 'exit code 1', pauseMs: 2 },
    { what: 'exit code 2', pauseMs: 4 },
  ]);
  await kept.stop();
  expect(kept.current()).toBe(last);
});

test('a start that fails is tried again, and told', async () => {
  const starter = new Starter();
  const kept = await keepRunning(starter.options);
  starter.failures.push(new Error('port in use'), new Error('port in use'));
  (await starter.next()).end('SIGKILL');
  await starter.next();
  expect(starter.troubles.map(({ what }) => what)).toEqual(['SIGKILL', 'port in use', 'port in use']);
  await kept.stop();
});

test('the first start that fails is the caller’s', async () => {
  const starter = new Starter();
  starter.failures.push(new Error('cannot'));
  await expect(keepRunning(starter.options)).rejects.toThrow('cannot');
});

test('after stop nothing starts any more, though it was about to', async () => {
  const starter = new Starter();
  const kept = await keepRunning({ ...starter.options, firstPauseMs: 60_000 });
  const run = await starter.next();
  run.end('SIGKILL');
  await kept.stop();
  expect(starter.runs).toEqual([run]);
});

test('one that was just starting again when stop came is ended, and the stop with it', async () => {
  const starter = new Starter();
  const starting = Promise.withResolvers<void>();
  const up = Promise.withResolvers<void>();
  const start = async (): Promise<FakeRun> => {
    if (starter.runs.length === 1) {
      starting.resolve();
      await up.promise;
    }
    return starter.options.start();
  };
  const kept = await keepRunning({ ...starter.options, start });
  starter.runs[0]?.end('SIGKILL');
  await starting.promise;
  const stopped = kept.stop();
  up.resolve();
  await stopped;
  expect(starter.runs.map(({ stops }) => stops)).toEqual([1, 1]);
});
