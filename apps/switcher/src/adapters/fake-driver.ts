/** Hosts in memory, for tests of the engine: they start, stop and die when the test says so. */
import type { ExitRecord, HostRecord } from '@atlas/control-store';
import type { DrivenHost, HostLedger, RuntimeDriver } from '../ports/runtime-driver.ts';
import { passed } from '../passed.ts';

/** The imagined machine that processes run on: it survives the driver. */
export interface FakeMachine {
  readonly running: Map<string, HostRecord>;
  /** Told of each spawn and stop, so that a test can play the host. */
  readonly onSpawn: (host: HostRecord) => void;
  readonly onStop: (host: HostRecord) => void;
  readonly onKill: (host: HostRecord) => void;
}

const keyOf = ({ instance, nonce }: { instance: string; nonce: string }): string => `${instance}:${nonce}`;

export class FakeDriver implements RuntimeDriver {
  readonly #bundle: string;
  readonly #machine: FakeMachine;
  readonly #ledger: HostLedger;
  readonly #spare: string | undefined;
  readonly #held = new Map<
    string,
    { record: HostRecord; state: DrivenHost['state']; cause?: ExitRecord['cause'] }
  >();
  readonly #listeners = new Set<() => void>();
  #drawn = 0;
  #ended = 0;

  /** @param bundle app that no spare becomes. @param spare app whose hosts start blank. */
  constructor(bundle: string, machine: FakeMachine, ledger: HostLedger, spare?: string) {
    this.#spare = spare;
    this.#bundle = bundle;
    this.#machine = machine;
    this.#ledger = ledger;
  }

  get ended(): number {
    return this.#ended;
  }

  hosts(): readonly DrivenHost[] {
    return [...this.#held.values()].map(({ record: { keptUntil = null, ...record }, state }) => ({
      ...record,
      keptUntil,
      state,
      blank: record.purpose === 'spare',
    }));
  }

  /** A service takes a spare: the process goes on under another name. */
  async #takeSpare(app: string): Promise<void> {
    const [key, spare] = [...this.#held].find(([, { record }]) => record.purpose === 'spare') ?? [];
    if (key === undefined || !spare || app === this.#spare || app === this.#bundle) return;
    this.#held.delete(key);
    this.#machine.running.delete(key);
    await this.#ledger.forget(spare.record.instance, spare.record.nonce);
  }

  async start(app: string, instance: string, reserve?: true): Promise<void> {
    if (this.hosts().some((host) => host.instance === instance)) return;
    await this.#takeSpare(app);
    this.#drawn += 1;
    const createdAt = this.#ledger.now();
    const nonce = `${createdAt}-${this.#drawn}`;
    const record: HostRecord = {
      instance,
      nonce,
      app,
      pid: this.#drawn,
      pidStartedAt: nonce,
      createdAt,
      purpose: app === this.#spare ? 'spare' : reserve ? 'reserve' : 'serving',
    };
    await passed('driver.record');
    await this.#ledger.record(record);
    await passed('driver.spawn');
    if (!this.#ledger.leads()) return;
    this.#held.set(keyOf(record), { record, state: 'running' });
    this.#machine.running.set(keyOf(record), record);
    this.#machine.onSpawn(record);
    await passed('driver.spawned');
    this.#changed();
  }

  async stop(instance: string, nonce: string): Promise<void> {
    const held = this.#held.get(keyOf({ instance, nonce }));
    if (held?.state !== 'running') return;
    await passed('driver.stop');
    await this.#ledger.orderStop(held.record);
    if (!this.#ledger.leads()) return;
    held.state = 'stopping';
    this.#machine.onStop(held.record);
    this.#changed();
  }

  async keep(instance: string, nonce: string, until: number): Promise<void> {
    const held = this.#held.get(keyOf({ instance, nonce }));
    if (held?.state !== 'running') return;
    const purpose = held.record.purpose === 'reserve' ? 'reserve' : 'keep_warm';
    const record: HostRecord = { ...held.record, purpose, keptUntil: until };
    await this.#ledger.record(record);
    held.record = record;
    this.#changed();
  }

  async open(instance: string, nonce: string): Promise<void> {
    const held = this.#held.get(keyOf({ instance, nonce }));
    if (held?.state !== 'running' || held.record.purpose !== 'reserve') return;
    const record: HostRecord = { ...held.record, purpose: 'serving' };
    await this.#ledger.record(record);
    held.record = record;
    this.#machine.running.set(keyOf(record), record);
    this.#changed();
  }

  async kill(instance: string, nonce: string): Promise<void> {
    const held = this.#held.get(keyOf({ instance, nonce }));
    if (!held) return;
    await passed('driver.kill');
    await this.#ledger.refuse(instance, nonce);
    if (!this.#ledger.leads()) return;
    held.cause ??= 'unknown';
    this.#machine.running.delete(keyOf(held.record));
    this.#machine.onKill(held.record);
    this.#changed();
  }

  obstacle(): null {
    return null;
  }

  async adopt(records: readonly HostRecord[]): Promise<void> {
    for (const record of records) {
      if (record.purpose === 'spare') {
        await this.#ledger.forget(record.instance, record.nonce);
        this.#machine.running.delete(keyOf(record));
        continue;
      }
      await passed('driver.adopt');
      const held = this.#held.get(keyOf(record));
      if (held) held.record = record;
      else this.#held.set(keyOf(record), { record, state: 'running' });
    }
    await this.settle();
  }

  /** The test took hosts off the machine: notices it, as the real driver does. */
  async settle(): Promise<void> {
    for (const [key, held] of [...this.#held]) {
      if (this.#machine.running.has(key)) continue;
      held.cause ??= held.state === 'stopping' ? 'retired' : 'signal';
      if (held.state !== 'gone') this.#ended += 1;
      held.state = 'gone';
      const { instance, nonce } = held.record;
      await this.#ledger.ended({ instance, nonce, cause: held.cause });
      this.#held.delete(key);
      this.#changed();
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  standDown(): void {
    // Everything that it knows of goes on.
  }

  close(): void {
    this.#listeners.clear();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
