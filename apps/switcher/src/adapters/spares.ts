/**
 * D7 of the process driver: blank spares, how one becomes a service, and how it ends when it does not.
 *
 * A spare's pid stands in the books under the service's name before the spare is told anything. If it is not told then
 * (the store did not answer, so the row may stand there; or another switcher leads), it must not become another service
 * later: whoever reads that row would take it, and end it, for what it is not. So it ends instead.
 */
import type { HostRecord } from '@atlas/control-store';
import { passed } from '../passed.ts';
import type { SpawnedProcess, SpawnOptions } from '../ports/operating-system.ts';
import type { HostLedger } from '../ports/runtime-driver.ts';
import { keyOf, type Held, type HeldHosts } from './held-hosts.ts';

/** A blank spare, off the books and ready to be named. */
export type TakenSpare = Required<Pick<Held, 'record' | 'spare'>>;

export interface SparesOptions {
  /** Apps whose hosts are never made of spares: the bundle, and the spares' own. */
  readonly never: readonly (string | undefined)[];
  readonly ledger: HostLedger;
  readonly say: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

export class Spares {
  readonly #options: SparesOptions;
  readonly #held: HeldHosts;
  /** Under which name each child runs now: a spare's changes once. */
  readonly #names = new WeakMap<SpawnedProcess, string>();
  /** Not told anything yet. */
  readonly #untold = new Set<SpawnedProcess>();

  constructor(options: SparesOptions, held: HeldHosts) {
    this.#options = options;
    this.#held = held;
  }

  /** A child, spare or not, runs under this name. */
  named(child: SpawnedProcess, record: HostRecord): void {
    this.#names.set(child, keyOf(record));
    if (record.purpose === 'spare') this.#untold.add(child);
    else this.#untold.delete(child);
  }

  /** It has ended. */
  ended(child: SpawnedProcess): void {
    this.#untold.delete(child);
  }

  /** What the books have of a child under the name that it has now. */
  keyOf(child: SpawnedProcess): string {
    return this.#names.get(child) ?? '';
  }

  /** It has loaded everything, which is the only thing that a spare says. */
  isBlank(child: SpawnedProcess): void {
    const held = this.#held.get(this.keyOf(child));
    if (held?.record.purpose === 'spare') this.#held.put({ ...held, spare: child });
  }

  /** Takes one off the books for a service of this app, if one is ready. */
  takeFor(app: string): TakenSpare | undefined {
    if (this.#options.never.includes(app)) return undefined;
    for (const { record, state, spare } of this.#held.all()) {
      if (state !== 'running' || !spare) continue;
      this.#held.drop(keyOf(record));
      return { record, spare };
    }
    return undefined;
  }

  /** Ends all that wait blank, and forgets them: the leader of now strikes them off the books. */
  dismissAll(): void {
    for (const child of this.#untold) {
      this.#held.drop(this.keyOf(child));
      child.dismiss?.();
    }
    this.#untold.clear();
  }

  /** @throws what the books say when they cannot be written; the spare ends then. */
  async become(taken: TakenSpare, app: string, as: SpawnOptions, named: HostRecord): Promise<void> {
    const { record: before, spare } = taken;
    const { ledger, say } = this.#options;
    const record = { ...named, pid: before.pid, pidStartedAt: before.pidStartedAt };
    const askedAt = performance.now();
    this.named(spare, record);
    this.#held.put({ record, state: 'running', own: true });
    try {
      await passed('driver.record');
      await ledger.record(record);
      await passed('driver.spawn');
    } catch (error) {
      this.#letGo(taken, record);
      throw error;
    }
    if (this.#held.get(keyOf(record))?.state !== 'running') return;
    if (!as.mayStill()) return this.#letGo(taken, record);
    // One that cannot be told any more is about to end, which is noticed by itself.
    spare.become?.(app, as);
    const { instance, nonce, pid } = record;
    const ms = Math.ceil(performance.now() - askedAt);
    say('host started', { instance, nonce, pid, ms, spare: before.instance });
    await passed('driver.spawned');
    await ledger.forget(before.instance, before.nonce);
  }

  /** Its end, once noticed, is written down under the name that it was to have. */
  #letGo({ record: before, spare }: TakenSpare, record: HostRecord): void {
    this.#held.put({ record, state: 'stopping', own: true });
    spare.dismiss?.();
    // When it cannot be struck off now, the next leader does it.
    this.#options.ledger.forget(before.instance, before.nonce).catch(() => undefined);
  }
}
