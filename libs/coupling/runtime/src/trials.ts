import { performance } from 'node:perf_hooks';
import type { Tally } from '@atlas/control-layout';
import type { TrialMark } from '@atlas/control-store';
import { CallWindow } from './call-window.ts';
import type { Operation } from './contract.ts';
import type { HeldLayouts } from './layouts-held.ts';
import type { LoadedModules } from './module-registry.ts';
import type { CallObserver, TimedCall } from './observer.ts';
import type { RouteTable } from './route-table.ts';
import { StrainMeter, type Cores } from './strain-meter.ts';
import { TrialWatch } from './trial-watch.ts';

export interface TrialsOptions {
  readonly layouts: HeldLayouts;
  readonly loaded: LoadedModules;
  readonly toppable: (spec: Operation) => boolean;
  /** Epoch of new roots. */
  readonly current: () => number | undefined;
  /** Who else sees the calls of sampled roots. */
  readonly next: CallObserver | undefined;
  /** Boot nonce of this host. */
  readonly nonce: string;
  /** Roots that were admitted here, without those that top up, modulo 2³². */
  readonly admitted: () => number;
  readonly cores?: Cores | undefined;
}

interface Current {
  readonly mark: TrialMark;
  readonly table: RouteTable;
  readonly watch: TrialWatch;
  readonly since: number;
  readonly admittedBefore: number;
}

/**
 * This host's part in trials: remembers what calls were like, and counts all calls of the modules that have moved while
 * an epoch is on trial.
 *
 * R1  Only calls of the epoch in force become part of the past, and none while it is on trial: neither a layout that is
 *     being judged nor one that was reverted counts as what was there before.
 */
export class Trials implements CallObserver {
  readonly #options: TrialsOptions;
  readonly #window = new CallWindow(() => performance.now());
  readonly #strain: StrainMeter;
  readonly #listeners = new Set<(on: boolean) => void>();
  #current: Current | undefined = undefined;

  constructor(options: TrialsOptions) {
    this.#options = options;
    this.#strain = new StrainMeter(options.cores);
  }

  /** R1. */
  called(call: TimedCall): void {
    const { current, next } = this.#options;
    if (call.epoch === current() && call.epoch !== this.#current?.mark.epoch) this.#window.called(call);
    next?.called(call);
  }

  /** Told when something comes to be on trial here (true), and when nothing is any more. */
  onChange(listener: (on: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Which epoch is on trial, as the store says; null: none. The same again changes nothing. */
  set(mark: TrialMark | null): void {
    const was = this.#current !== undefined;
    this.#put(mark);
    const on = this.#current !== undefined;
    if (on !== was) for (const listener of this.#listeners) listener(on);
  }

  #put(mark: TrialMark | null): void {
    if (mark?.epoch === this.#current?.mark.epoch) return;
    this.#current?.table.watch(undefined);
    this.#current = undefined;
    const table = mark === null ? undefined : this.#options.layouts.get(mark.epoch);
    if (mark === null || table === undefined) return;
    const { loaded, toppable, admitted } = this.#options;
    const watch = new TrialWatch({
      modules: mark.modules,
      window: this.#window,
      toppable,
      now: () => performance.now(),
    });
    for (const { module, name, spec } of loaded.operations())
      if (watch.covers(module)) watch.expect(module, name, spec);
    table.watch(watch);
    const since = performance.now();
    this.#current = { mark, table, watch, since, admittedBefore: admitted() };
  }

  /** What was counted so far; undefined when nothing is on trial here. */
  tally(): Tally | undefined {
    if (this.#current === undefined) return undefined;
    const { mark, watch, since, admittedBefore } = this.#current;
    const { nonce, admitted } = this.#options;
    const sinceMs = Math.round(performance.now() - since);
    const strain = this.#strain.strain();
    const roots = { nonce, count: (admitted() - admittedBefore) >>> 0 };
    return { epoch: mark.epoch, sinceMs, strain, operations: watch.snapshot(), roots };
  }

  close(): void {
    this.#strain.close();
  }
}
