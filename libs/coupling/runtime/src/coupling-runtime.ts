import { performance } from 'node:perf_hooks';
import type { LayoutRecord, Tally } from '@atlas/control-layout';
import type { ExitRecord, TrialMark } from '@atlas/control-store';
import { Admissions } from './admissions.ts';
import { nopAudit, type AuditSink } from './audit.ts';
import type { Admission, AdmitOptions, Client, Coupling, ModuleImplementation } from './call.ts';
import { CallMeter, ROOT_CALLER } from './call-meter.ts';
import { buildClient } from './client.ts';
import type { Contract, Operation } from './contract.ts';
import { Dispatcher, type DeadLetter } from './dispatcher.ts';
import { PlatformError } from './errors.ts';
import { originOf, type Endpoint, type HostIdentity } from './host.ts';
import { InboundCalls, type DefectSite } from './inbound-calls.ts';
import { HeldLayouts, type ReadLayout } from './layouts-held.ts';
import {
  nopConnector,
  type CallFrame,
  type Connector,
  type Inbound,
  type Reply,
  type ServedCall,
} from './link.ts';
import { LoadedModules, type ModuleRegistry } from './module-registry.ts';
import type { CallObserver } from './observer.ts';
import { LiveCall, Root } from './root.ts';
import { RootIds } from './root-ids.ts';
import { RootSampler } from './root-sampler.ts';
import type { RouteTable } from './route-table.ts';
import { StandbyGate, type StandbyGateOptions } from './standby-gate.ts';
import { steadyNow } from './steady-clock.ts';
import type { Cores } from './strain-meter.ts';
import { Sweeper } from './sweeper.ts';
import { Trials } from './trials.ts';

/** How long a root may last when nothing is said, and at most. */
export const DEFAULT_DEADLINE_MS = 10_000;
export const MAX_DEADLINE_MS = 30_000;
/** Ticks of the sweeper from one look at the event loop to the next. */
const HEADROOM_EVERY_TICKS = 4;

export interface RuntimeOptions {
  readonly host: HostIdentity;
  /** Absent: this host reaches nobody else. */
  readonly connector?: Connector;
  /** For calls of epochs that are not held. Absent: such calls are refused with `epoch_unknown`. */
  readonly readLayout?: ReadLayout;
  /** Asked at each admission; a promise, only after a stand-still, is awaited before admitting (A3 of the control agent). */
  readonly beforeAdmit?: () => Promise<void> | undefined;
  /** `nopAudit` or absent: auditing costs nothing. */
  readonly audit?: AuditSink;
  readonly observer?: CallObserver;
  readonly onDefect?: (error: unknown, site: DefectSite) => void;
  readonly onDeadLetter?: (letter: DeadLetter) => void;
  readonly standby?: StandbyGateOptions;
  /** Whether calls can be made to top up an operation's thin traffic during a trial; never by default. */
  readonly toppable?: (spec: Operation) => boolean;
  /** Those of the machine by default. */
  readonly cores?: Cores;
}

const TRACEPARENT = /^(00-(?!0{32})[0-9a-f]{32}-)(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A client's trace with the root as its next span: which roots are sampled is drawn here, and callees go by the flag. */
function continued(given: string | undefined, id: string, sampled: boolean): string | undefined {
  const trace = given === undefined ? undefined : TRACEPARENT.exec(given)?.[1];
  return trace === undefined ? undefined : `${trace}${id}-0${sampled ? 1 : 0}`;
}

/**
 * One host's coupling: what business code calls through, and what the host's control agent steers.
 * Knows no shop module and no framework.
 *
 * E1  Every call is routed by the table of its root's epoch.
 * E2  `forget` refuses the epoch in force and any that still has open roots.
 * E5  It keeps what it holds; nothing here expires.
 */
export class CouplingRuntime implements Coupling, ModuleRegistry, Inbound {
  readonly host: HostIdentity;
  /** Calls that this host made and served. */
  readonly meter = new CallMeter();
  readonly #options: RuntimeOptions;
  readonly #audit: AuditSink | undefined;
  readonly #connector: Connector;
  readonly #loaded: LoadedModules;
  readonly #layouts: HeldLayouts;
  readonly #admissions = new Admissions();
  readonly #gate: StandbyGate;
  readonly #sweeper: Sweeper;
  readonly #dispatcher: Dispatcher;
  readonly #inbound: InboundCalls;
  readonly #trials: Trials;
  readonly #ids: RootIds;
  readonly #sampler = new RootSampler();
  readonly #onEnd: (root: Root) => void;
  #table: RouteTable | undefined = undefined;
  #ticks = 0;
  #topUps = 0;
  #admits = true;
  #utilisation = performance.eventLoopUtilization();

  constructor(options: RuntimeOptions) {
    const { host } = options;
    this.host = host;
    this.#options = options;
    this.#audit = options.audit === nopAudit ? undefined : options.audit;
    this.#connector = options.connector ?? nopConnector;
    this.#loaded = new LoadedModules(() => this.#layouts.relink());
    this.#layouts = new HeldLayouts(
      host,
      this.#loaded,
      options.readLayout ?? (() => Promise.resolve(undefined)),
    );
    this.#trials = new Trials({
      layouts: this.#layouts,
      loaded: this.#loaded,
      toppable: options.toppable ?? (() => false),
      current: () => this.current,
      next: options.observer,
      nonce: host.nonce,
      admitted: () => this.#ids.count - this.#topUps,
      cores: options.cores,
    });
    this.#gate = new StandbyGate(options.standby);
    this.#sweeper = new Sweeper(() => this.#tick());
    this.#ids = new RootIds(originOf(host.nonce));
    this.#onEnd = (root) => {
      this.#sweeper.remove(root);
      this.#admissions.ended(root.table.epoch);
    };
    const shared = { host, loaded: this.#loaded, gate: this.#gate, audit: this.#audit };
    this.#dispatcher = new Dispatcher({
      ...shared,
      connector: this.#connector,
      onDeadLetter: options.onDeadLetter ?? (() => {}),
    });
    this.#inbound = new InboundCalls({
      ...shared,
      layouts: this.#layouts,
      sweeper: this.#sweeper,
      router: this.#dispatcher,
      meter: this.meter,
      onDefect: options.onDefect ?? (() => {}),
    });
  }

  // ── business code and edge ──

  client<C extends Contract>(contract: C, caller = ROOT_CALLER): Client<C> {
    return buildClient(contract, {
      meter: this.meter,
      caller,
      audit: this.#audit,
      observer: this.#trials,
      instance: this.host.instance,
    });
  }

  /** @throws PlatformError `unavailable` before the first layout is in force; Error in a host that is no bundle. */
  admit(options: AdmitOptions): Admission | Promise<Admission> {
    if (this.host.kind !== 'bundle') throw new Error('only bundles admit roots');
    const wait = this.#options.beforeAdmit?.();
    return wait === undefined ? this.#admit(options) : wait.then(() => this.#admit(options));
  }

  /** From now on nobody is admitted, not even who waits for it already: those who asked have gone. */
  stopAdmitting(): void {
    this.#admits = false;
  }

  register(implementation: ModuleImplementation): void {
    this.#loaded.register(implementation);
  }

  // ── transport ──

  serve(frame: CallFrame, respond: (reply: Reply) => void): ServedCall {
    return this.#inbound.serve(frame, respond);
  }

  /** Inbound calls that are running now, or wait for a place. */
  get serving(): number {
    return this.#inbound.running;
  }

  /** Every operation that this host has loaded, as `module.operation`. */
  operations(): string[] {
    return Array.from(this.#loaded.operations(), ({ module, name }) => `${module}.${name}`);
  }

  // ── control agent ──

  /** Holds an epoch's routes from now on (ack after this). Idempotent. */
  install(record: LayoutRecord): void {
    this.#layouts.install(record);
  }

  holds(epoch: number): boolean {
    return this.#layouts.get(epoch) !== undefined;
  }

  /** Epochs held, ascending. */
  held(): readonly number[] {
    return this.#layouts.epochs();
  }

  /**
   * New roots run under `epoch`; all earlier ones are closed. Older epochs than the current have no effect.
   * @throws Error when the epoch is not held.
   */
  setCurrent(epoch: number): void {
    const table = this.#layouts.get(epoch);
    if (table === undefined) throw new Error(`epoch ${epoch} is not held`);
    if (this.#table !== undefined && epoch <= this.#table.epoch) return;
    this.#table = table;
    this.#admissions.advanceTo(epoch);
  }

  /** The epoch of new roots; undefined before the first. */
  get current(): number | undefined {
    return this.#admissions.current;
  }

  /** Mode of the layout in force here: `tight`, `hybrid` or `loose`; undefined before the first. */
  get mode(): string | undefined {
    return this.#table?.mode;
  }

  /** Drops an epoch's routes; false, and nothing is dropped, while it is in force or has open roots (E2). */
  forget(epoch: number): boolean {
    if (epoch === this.current || this.#admissions.count(epoch) > 0) return false;
    this.#layouts.drop(epoch);
    return true;
  }

  /** Epoch → roots admitted here and not yet over. */
  openRoots(): Record<string, number> {
    return this.#admissions.counts();
  }

  /** Told when a closed epoch has no open root left here; returns the unsubscribe function. */
  onDrained(listener: (epoch: number) => void): () => void {
    return this.#admissions.onDrained(listener);
  }

  /** All live instances as the leases tell; this host itself is ignored. */
  setEndpoints(endpoints: readonly Endpoint[]): void {
    this.#dispatcher.directory.setEndpoints(endpoints);
    this.#dispatcher.poke();
  }

  /** How processes ended, as the store lists it. */
  setExits(exits: readonly ExitRecord[]): void {
    this.#dispatcher.evidence.setExits(exits);
  }

  /** Which epoch is on trial: its calls of those modules are counted and timed; null: none. */
  setTrial(trial: TrialMark | null): void {
    this.#trials.set(trial);
  }

  /** Told when something comes to be on trial here (true), and when nothing is any more; returns the unsubscribe function. */
  onTrial(listener: (on: boolean) => void): () => void {
    return this.#trials.onChange(listener);
  }

  /** What this host has counted under the epoch on trial; undefined when none is. */
  tally(): Tally | undefined {
    return this.#trials.tally();
  }

  /** Ends all that is open with `cancelled` and closes the links. */
  async close(): Promise<void> {
    this.#sweeper.close();
    this.#trials.close();
    await this.#connector.close();
  }

  #admit(options: AdmitOptions): Admission {
    const table = this.#table;
    if (table === undefined) throw new PlatformError('unavailable', 'no layout is in force yet');
    if (!this.#admits) throw new PlatformError('unavailable', 'this host admits nobody any more');
    const id = this.#ids.next();
    if (options.topUp === true) this.#topUps += 1;
    const deadlineMs = Math.min(Math.max(1, options.deadlineMs ?? DEFAULT_DEADLINE_MS), MAX_DEADLINE_MS);
    const now = steadyNow();
    const sampled = this.#sampler.takes(this.#ids.count, now);
    const root = new Root({
      id,
      table,
      router: this.#dispatcher,
      deadlineAt: now + deadlineMs,
      traceparent: continued(options.traceparent, id, sampled),
      sampled,
      onEnd: this.#onEnd,
    });
    this.#admissions.opened(table.epoch);
    this.#sweeper.add(root);
    this.#audit?.admit(id, table.epoch, options.label);
    const call = new LiveCall(root, undefined);
    return { call, epoch: table.epoch, mode: table.mode, end: () => root.end() };
  }

  #tick(): void {
    this.#gate.tick();
    this.#ticks += 1;
    if (this.#ticks % HEADROOM_EVERY_TICKS !== 0) return;
    const before = this.#utilisation;
    this.#utilisation = performance.eventLoopUtilization();
    this.#gate.sample(performance.eventLoopUtilization(this.#utilisation, before).utilization);
  }
}

/** Makes one host's coupling. */
export function createCoupling(options: RuntimeOptions): CouplingRuntime {
  return new CouplingRuntime(options);
}
