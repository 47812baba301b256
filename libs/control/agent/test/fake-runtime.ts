import type { AgentEndpoint, AgentRuntime } from '../src/index.ts';
import type { LayoutRecord, Tally } from '@atlas/control-layout';
import type { ExitRecord, TrialMark } from '@atlas/control-store';

/** A runtime that only remembers what it was told, in `history`, and counts roots as the test says. */
export class FakeRuntime implements AgentRuntime {
  readonly history: string[] = [];
  endpoints: readonly AgentEndpoint[] = [];
  exits: readonly ExitRecord[] = [];
  current: number | undefined = undefined;
  refuses: number | undefined = undefined;
  readonly #records = new Map<number, LayoutRecord>();
  readonly #roots = new Map<number, number>();
  readonly #listeners = new Set<(epoch: number) => void>();
  readonly #trialListeners = new Set<(on: boolean) => void>();

  /** Set by a test that wants to say when the runtime is ready for a prepared layout. */
  getReady: ((epoch: number) => Promise<void>) | undefined = undefined;

  async prepare(record: LayoutRecord): Promise<void> {
    await this.getReady?.(record.epoch);
  }
  install(record: LayoutRecord): void {
    if (record.epoch === this.refuses) throw new Error('unknown module');
    if (!this.#records.has(record.epoch)) this.history.push(`install ${record.epoch}`);
    this.#records.set(record.epoch, record);
  }
  holds(epoch: number): boolean {
    return this.#records.has(epoch);
  }
  held(): number[] {
    return [...this.#records.keys()].sort((a, b) => a - b);
  }
  setCurrent(epoch: number): void {
    if (!this.holds(epoch)) throw new Error(`epoch ${epoch} is not held`);
    this.history.push(`current ${epoch}`);
    this.current = epoch;
  }
  forget(epoch: number): boolean {
    if (epoch === this.current || (this.#roots.get(epoch) ?? 0) > 0) return false;
    this.history.push(`forget ${epoch}`);
    return this.#records.delete(epoch);
  }
  openRoots(): Record<string, number> {
    return Object.fromEntries(this.#roots);
  }
  onDrained(listener: (epoch: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  setEndpoints(endpoints: readonly AgentEndpoint[]): void {
    this.endpoints = endpoints;
  }
  setExits(exits: readonly ExitRecord[]): void {
    this.exits = exits;
  }

  trial: TrialMark | null = null;
  calls = 0;
  setTrial(trial: TrialMark | null): void {
    if (trial?.epoch === this.trial?.epoch) return;
    this.history.push(`trial ${trial?.epoch ?? 'none'}`);
    this.trial = trial;
    this.calls = 0;
    for (const listener of this.#trialListeners) listener(trial !== null);
  }
  onTrial(listener: (on: boolean) => void): () => void {
    this.#trialListeners.add(listener);
    return () => this.#trialListeners.delete(listener);
  }
  tally(): Tally | undefined {
    if (this.trial === null) return undefined;
    const counts = { calls: this.calls, errors: 0, late: 0, durations: {} };
    const operation = { toppable: false, before: counts, now: counts, pending: {} };
    return {
      epoch: this.trial.epoch,
      sinceMs: 1,
      strain: { machine: 0, loop: 0 },
      operations: { 'cart.read': operation },
    };
  }

  /** Names of the instances that may be called. */
  get reachable(): string[] {
    return this.endpoints.map((endpoint) => endpoint.instance);
  }
  /** A root begins under the current epoch; the answer ends it. */
  beginRoot(): () => void {
    const epoch = this.current ?? 0;
    this.#roots.set(epoch, (this.#roots.get(epoch) ?? 0) + 1);
    return () => {
      const left = (this.#roots.get(epoch) ?? 0) - 1;
      if (left > 0) this.#roots.set(epoch, left);
      else this.#roots.delete(epoch);
      if (left === 0 && epoch !== this.current) for (const listener of this.#listeners) listener(epoch);
    };
  }
}
