/**
 * What brain and emergency may do, in memory as in the store.
 *
 * B1, B2 as in `switch-book.ts`: the leader's copy is the truth, except after a conflict, a lost answer or a change of
 * leaders; the row is written by compare-and-set before anything is done upon it.
 */
import type { ControlStore } from '@atlas/control-store';
import { UNSET, type Autonomy, type Governing, type Level } from '../machine/index.ts';
import type { Leadership } from './leadership.ts';
import { LATE_MS } from './switch-book.ts';

/** Somebody else has written meanwhile: ask again. */
export class AutonomyConflictError extends Error {
  constructor() {
    super('the autonomy row was written by someone else');
    this.name = 'AutonomyConflictError';
  }
}

export interface AutonomyParts {
  readonly store: ControlStore;
  readonly leadership: Leadership;
  /** Monotonic, ms. */
  readonly clock: () => number;
  /** What counts until somebody sets a level under this start of the stack. */
  readonly initial: Level;
  /** Names this start. */
  readonly start: string;
}

export class AutonomyBook {
  readonly #parts: AutonomyParts;
  #version = 0;
  #state: Autonomy = UNSET;
  #doubtful = false;
  /** By the own clock. */
  #lateUntil = 0;

  constructor(parts: AutonomyParts) {
    this.#parts = parts;
  }

  get now(): Governing {
    const { initial, start } = this.#parts;
    const { level, levelOf } = this.#state;
    return { ...this.#state, level: (levelOf === start ? level : null) ?? initial };
  }

  /** As it is stored: a level that nobody has set is null. */
  get stored(): Autonomy {
    return this.#state;
  }

  async load(): Promise<void> {
    const row = await this.#parts.store.readAutonomy();
    this.#version = row?.version ?? 0;
    this.#state = row ? { ...UNSET, ...(row.state as Partial<Autonomy>) } : UNSET;
    this.#doubtful = false;
  }

  /** B1: to be called before the book is relied on. */
  async refresh(): Promise<void> {
    if (this.#doubtful || this.#parts.clock() < this.#lateUntil) await this.load();
  }

  /** B2. @throws AutonomyConflictError when the row is not what this switcher last saw; it is loaded anew then. */
  async save(state: Autonomy): Promise<void> {
    const { store, leadership, clock } = this.#parts;
    const version = this.#version + 1;
    const token = leadership.token();
    this.#doubtful = true;
    const saved = await store.saveAutonomy(token, { version, state }).catch((error: unknown) => {
      this.#lateUntil = clock() + LATE_MS;
      throw error;
    });
    if (saved === 'conflict') throw new AutonomyConflictError();
    this.#version = version;
    this.#state = state;
    this.#doubtful = false;
  }
}
