/**
 * The open switches, in memory as in the store.
 *
 * B1  Only the leader writes rows, so between gaining and losing the lead the copy here is the truth; it is loaded anew
 *     after each gain and each conflict, and after a write whose answer was lost for as long as that may still take effect.
 * B2  A row is written by compare-and-set on its version before anything that its new state asks for is done; a first one
 *     only while no other is open than those here.
 */
import type { AuditBody, ControlStore, SwitchRow } from '@atlas/control-store';
import { isClosed, summaryOf, type SwitchState } from '../machine/index.ts';
import type { Leadership } from './leadership.ts';

/** Rows that are read back at most: open ones are few. */
const OPEN_LIMIT = 64;
/** A write whose answer was lost may take effect so much later, ms: the store ends each statement after 2 s. */
export const LATE_MS = 4_000;

export class SwitchConflictError extends Error {
  constructor(id: string) {
    super(`switch ${id} was written by someone else`);
    this.name = 'SwitchConflictError';
  }
}

export const stateOfRow = (row: SwitchRow): SwitchState => row.state as SwitchState;

interface Open {
  readonly states: readonly SwitchState[];
  readonly summaries: readonly ReturnType<typeof summaryOf>[];
}

export class SwitchBook {
  readonly #store: ControlStore;
  readonly #leadership: Leadership;
  readonly #rows = new Map<string, { readonly version: number; readonly state: SwitchState }>();
  readonly #clock: () => number;
  /** What the rows come to; undefined: not asked for since they changed. */
  #open: Open | undefined;
  #doubtful = false;
  /** By the own clock. */
  #lateUntil = 0;

  /** @param clock monotonic, ms. */
  constructor(store: ControlStore, leadership: Leadership, clock: () => number) {
    this.#store = store;
    this.#leadership = leadership;
    this.#clock = clock;
  }

  /** Open switches, oldest decision first. */
  open(): readonly SwitchState[] {
    return this.#listed().states;
  }

  summaries(): readonly ReturnType<typeof summaryOf>[] {
    return this.#listed().summaries;
  }

  #listed(): Open {
    if (this.#open) return this.#open;
    const states = [...this.#rows.values()]
      .map(({ state }) => state)
      .sort((a, b) => a.decidedAt - b.decidedAt);
    this.#open = { states, summaries: states.map(summaryOf) };
    return this.#open;
  }

  get(id: string): SwitchState | undefined {
    return this.#rows.get(id)?.state;
  }

  async load(): Promise<void> {
    const rows = await this.#store.listSwitches({ open: true, limit: OPEN_LIMIT });
    this.#rows.clear();
    this.#open = undefined;
    for (const row of rows) this.#rows.set(row.id, { version: row.version, state: stateOfRow(row) });
    this.#doubtful = false;
  }

  /** B1: to be called before the book is relied on. */
  async refresh(): Promise<void> {
    if (this.#doubtful || this.#clock() < this.#lateUntil) await this.load();
  }

  /** What the next look would find again: it is not worth a write, and is lost with the next `load`. */
  note(state: SwitchState): void {
    const row = this.#rows.get(state.id);
    if (!row || row.state === state) return;
    this.#rows.set(state.id, { ...row, state });
    this.#open = undefined;
  }

  /**
   * B2. With what the audit log is to say of it. @throws SwitchConflictError when the row is not what this switcher last saw; it is loaded anew then.
   */
  async save(state: SwitchState, audit: readonly AuditBody[] = []): Promise<void> {
    const version = (this.#rows.get(state.id)?.version ?? 0) + 1;
    const open = !isClosed(state);
    const token = this.#leadership.token();
    this.#doubtful = true;
    const saved = await this.#store
      .saveSwitch(token, { id: state.id, version, state, open }, audit, [...this.#rows.keys()])
      .catch((error: unknown) => {
        this.#lateUntil = this.#clock() + LATE_MS;
        throw error;
      });
    if (saved === 'conflict') throw new SwitchConflictError(state.id);
    this.#doubtful = false;
    if (open) this.#rows.set(state.id, { version, state });
    else this.#rows.delete(state.id);
    this.#open = undefined;
  }
}
