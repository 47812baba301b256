/** A few workers, each with virtual time of its own; tasks are done by whichever is free. */
import { Worker } from 'node:worker_threads';
import type { Done, Task } from './worker.ts';

export class Pool {
  readonly #idle: Worker[];
  readonly #all: Worker[];
  readonly #waiting: ((worker: Worker) => void)[] = [];

  constructor(workers: number) {
    this.#all = Array.from({ length: workers }, () => new Worker(new URL('worker.ts', import.meta.url)));
    this.#idle = [...this.#all];
  }

  /** Rejects when the worker dies. */
  async perform(task: Task): Promise<Done> {
    const worker = this.#idle.pop() ?? (await new Promise<Worker>((resolve) => this.#waiting.push(resolve)));
    const free = (): void => {
      const next = this.#waiting.shift();
      if (next) next(worker);
      else this.#idle.push(worker);
    };
    return new Promise<Done>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('message', (done: Done) => {
        worker.off('error', reject);
        resolve(done);
        free();
      });
      worker.postMessage(task);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }
}
