/**
 * Tops up thin traffic while an epoch is on trial, so that a rarely used operation is judged, too:
 * reads, as roots of their own, on the route that any other root takes.
 */
import type { Client, Contract, Coupling, CouplingRuntime, Operation } from '@atlas/coupling-runtime';
import { sampleInput } from './sample-input.ts';

/** Calls that each operation is topped up to, spread over this long; real traffic has the first say, ms. */
const CALLS = 60;
const SPREAD_MS = 4_000;
const LOOK_EVERY_MS = 200;
/** A call that takes longer tells all that it can. */
const DEADLINE_MS = 5_000;

/** Only what changes nothing, and has an input that can be made up. */
export const isToppable = (spec: Operation): boolean =>
  spec.kind === 'read' && sampleInput(spec.input) !== undefined;

export interface SmokeOptions {
  readonly contracts: readonly Contract[];
  readonly coupling: Coupling;
  /** What is on trial, and what this host has counted so far; undefined when nothing is. */
  readonly trials: Pick<CouplingRuntime, 'onTrial' | 'tally'>;
}

/** How many calls an operation lacks at this age of the trial. */
export function lackingCalls({ calls }: { readonly calls: number }, sinceMs: number): number {
  return Math.max(0, Math.ceil(CALLS * Math.min(1, sinceMs / SPREAD_MS)) - calls);
}

/** One thing at a time: where there is no room for smoke calls there are few of them. */
export class SmokeCalls {
  readonly #options: SmokeOptions;
  readonly #clients: ReadonlyMap<string, Client<Contract>>;
  readonly #forget: () => void;
  #timer: NodeJS.Timeout | undefined = undefined;
  #busy = false;
  #stopped = false;

  constructor(options: SmokeOptions) {
    this.#options = options;
    const { contracts, coupling, trials } = options;
    this.#clients = new Map(contracts.map((contract) => [contract.module, coupling.client(contract)]));
    this.#forget = trials.onTrial((on) => this.#follow(on));
    this.#follow(trials.tally() !== undefined);
  }

  stop(): void {
    this.#stopped = true;
    this.#forget();
    this.#follow(false);
  }

  #follow(on: boolean): void {
    clearInterval(this.#timer);
    this.#timer = on ? setInterval(() => void this.#topUp(), LOOK_EVERY_MS).unref() : undefined;
  }

  async #topUp(): Promise<void> {
    const tally = this.#options.trials.tally();
    if (tally === undefined || this.#busy) return;
    this.#busy = true;
    for (const { module, operations } of this.#options.contracts) {
      for (const [name, spec] of Object.entries(operations)) {
        const counted = tally.operations[`${module}.${name}`];
        if (counted === undefined || !isToppable(spec)) continue;
        const lacking = lackingCalls(counted.now, tally.sinceMs);
        for (let call = 0; call < lacking && !this.#stopped; call += 1)
          await this.#call(module, name, { spec, epoch: tally.epoch });
      }
    }
    this.#busy = false;
  }

  /** Whatever comes of it: it is counted where every call is. */
  async #call(
    module: string,
    operation: string,
    { spec, epoch }: { readonly spec: Operation; readonly epoch: number },
  ): Promise<void> {
    try {
      const label = `smoke:${module}.${operation}`;
      const admission = await this.#options.coupling.admit({ label, deadlineMs: DEADLINE_MS, topUp: true });
      try {
        const call = this.#clients.get(module)?.[operation];
        if (admission.epoch === epoch) await call?.(sampleInput(spec.input) as never, admission.call);
      } finally {
        admission.end();
      }
    } catch {
      // The trial's judge sees it.
    }
  }
}
