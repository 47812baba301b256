import type { LayoutRecord } from '@atlas/control-layout';
import type { HostIdentity } from './host.ts';
import type { LoadedModules } from './module-registry.ts';
import { RouteTable } from './route-table.ts';

/** Reads an immutable layout row; undefined when the epoch was never proposed. May reject while the store is away. */
export type ReadLayout = (epoch: number) => Promise<LayoutRecord | undefined>;

/**
 * The epochs whose routes this host holds.
 *
 * H1  A held epoch's layout never changes; installing it again has no effect.
 * H2  An epoch that is not held is read at most once at a time, however many calls ask for it.
 */
export class HeldLayouts {
  readonly #host: HostIdentity;
  readonly #loaded: LoadedModules;
  readonly #read: ReadLayout;
  readonly #tables = new Map<number, RouteTable>();
  readonly #reading = new Map<number, Promise<RouteTable | undefined>>();
  /** Of `#tables`, ascending; undefined: not asked for since it changed. */
  #epochs: readonly number[] | undefined;

  constructor(host: HostIdentity, loaded: LoadedModules, read: ReadLayout) {
    this.#host = host;
    this.#loaded = loaded;
    this.#read = read;
  }

  install(record: LayoutRecord): RouteTable {
    const held = this.#tables.get(record.epoch);
    if (held !== undefined) return held;
    const table = new RouteTable(record, this.#host, this.#loaded);
    this.#tables.set(record.epoch, table);
    this.#epochs = undefined;
    return table;
  }

  /** A module was registered: every table takes its handlers up. */
  relink(): void {
    for (const table of this.#tables.values()) table.link(this.#loaded);
  }

  get(epoch: number): RouteTable | undefined {
    return this.#tables.get(epoch);
  }

  drop(epoch: number): void {
    this.#tables.delete(epoch);
    this.#epochs = undefined;
  }

  epochs(): readonly number[] {
    this.#epochs ??= [...this.#tables.keys()].sort((a, b) => a - b);
    return this.#epochs;
  }

  /** Undefined when the row does not exist or cannot be read now (H2). */
  fetch(epoch: number): Promise<RouteTable | undefined> {
    let reading = this.#reading.get(epoch);
    if (reading === undefined) {
      reading = this.#read(epoch)
        .then(
          (record) => (record === undefined ? undefined : this.install(record)),
          () => undefined,
        )
        .finally(() => this.#reading.delete(epoch));
      this.#reading.set(epoch, reading);
    }
    return reading;
  }
}
