import type { Call } from './call.ts';
import type { ServedCall } from './link.ts';
import { PlatformError, type PlatformCode } from './errors.ts';
import type { RouteTable } from './route-table.ts';
import type { Operation } from './contract.ts';
import { steadyNow } from './steady-clock.ts';

/** What holds a root open. */
export interface Pending {
  /** The caller wants no answer any more. */
  giveUp(code: 'deadline_exceeded' | 'cancelled'): void;
  /** Ends what is overdue at `now` (ms, `steadyNow`). */
  sweep(now: number): void;
}

/** A call that is not a plain local one: remote, canary or standby. */
export interface PendingCall extends Pending {
  /** What the caller gets. */
  readonly promise: Promise<unknown>;
  /** The instance that served it last; empty when none was reached. */
  readonly instance: string;
}

export interface CallRequest {
  readonly module: string;
  readonly operation: string;
  readonly spec: Operation;
  readonly input: unknown;
  readonly call: LiveCall;
}

/** Starts the calls of a host that are not plain local ones. */
export interface CallRouter {
  route(request: CallRequest): PendingCall;
}

export interface RootSpec {
  readonly id: string;
  readonly table: RouteTable;
  /** Of the host that the root runs in: calls act there, whichever runtime built the client. */
  readonly router: CallRouter;
  readonly deadlineAt: number;
  readonly traceparent: string | undefined;
  /** Its calls are timed (`RootSampler`). */
  readonly sampled: boolean;
  /** Told once, when the root has ended and none of its remote calls is in flight. */
  readonly onEnd: (root: Root) => void;
}

/**
 * A root inside one host: admitted here, or the part of it that one served call runs.
 *
 * R1  `stop` is set once, by `end`, the deadline or a cancel; no call starts afterwards.
 * R2  The root is over (`onEnd`, once) after `end` and when no remote call of it is in flight.
 */
export class Root implements ServedCall {
  readonly id: string;
  readonly table: RouteTable;
  readonly router: CallRouter;
  readonly deadlineAt: number;
  readonly sampled: boolean;
  /** Why no further call may start (R1). */
  stop: PlatformCode | undefined = undefined;
  expired = false;
  /** A served call that still waits for its place. */
  waits = false;
  /** Where the sweeper keeps it. */
  place = -1;
  readonly #onEnd: (root: Root) => void;
  #traceparent: string | undefined;
  #ended = false;
  #over = false;
  /** Few at a time: an array is cheaper than a set. */
  #remote: Pending[] | undefined = undefined;

  constructor(spec: RootSpec) {
    this.id = spec.id;
    this.table = spec.table;
    this.router = spec.router;
    this.deadlineAt = spec.deadlineAt;
    this.sampled = spec.sampled;
    this.#traceparent = spec.traceparent;
    this.#onEnd = spec.onEnd;
  }

  /** Derived from the root's id unless it continues a caller's trace; the last field says whether it is sampled. */
  get traceparent(): string {
    return (this.#traceparent ??= `00-${this.id}${this.id}-${this.id}-0${this.sampled ? 1 : 0}`);
  }

  /** As it travels: empty when whoever serves the call can derive it from the root's id. */
  get travellingTrace(): string {
    return this.#traceparent === undefined && !this.sampled ? '' : this.traceparent;
  }

  get inFlight(): number {
    return this.#remote?.length ?? 0;
  }

  refusal(): PlatformError {
    const code = this.stop ?? 'root_ended';
    return new PlatformError(code, `no call may start in root ${this.id}: ${code}`);
  }

  /** A routed call has begun, or its own work waits for a place; the root is not over before `settled`. */
  started(call: Pending): void {
    if (this.#remote === undefined) this.#remote = [call];
    else this.#remote.push(call);
  }

  settled(call: Pending): void {
    const remote = this.#remote;
    const place = remote?.indexOf(call) ?? -1;
    if (remote === undefined || place < 0) return;
    const last = remote.pop();
    if (last !== call && last !== undefined) remote[place] = last;
    this.#finishIfIdle();
  }

  /** The work of the root is done; idempotent (R1, R2). */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.stop ??= 'root_ended';
    this.#finishIfIdle();
  }

  /** Its time is over, or its caller gave up: pending remote calls fail with `code`. */
  abort(code: 'deadline_exceeded' | 'cancelled'): void {
    this.expired = true;
    this.stop ??= code;
    for (const call of [...(this.#remote ?? [])]) call.giveUp(code);
  }

  /** Whoever called it from elsewhere gave up. */
  cancel(): void {
    this.abort('cancelled');
  }

  abandon(): void {
    if (this.waits) this.cancel();
  }

  /** Remote calls that are overdue by themselves; drops those whose host never answered. */
  sweep(now: number): void {
    if (!this.expired && now >= this.deadlineAt) this.abort('deadline_exceeded');
    if (this.#remote === undefined || this.#remote.length === 0) return;
    for (const call of [...this.#remote]) call.sweep(now);
  }

  #finishIfIdle(): void {
    if (!this.#ended || this.#over || this.inFlight > 0) return;
    this.#over = true;
    this.#onEnd(this);
  }
}

/** The `Call` that handlers get: a root plus one idempotency key. */
export class LiveCall implements Call {
  readonly root: Root;
  readonly key: string | undefined;
  /** Its handler runs in a primary's place, under the standby's cap: what it calls here has its place already. */
  readonly standby: boolean;

  constructor(root: Root, key: string | undefined, standby = false) {
    this.root = root;
    this.key = key;
    this.standby = standby;
  }

  get rootId(): string {
    return this.root.id;
  }
  get epoch(): number {
    return this.root.table.epoch;
  }
  get deadlineAt(): number {
    return this.root.deadlineAt;
  }
  get expired(): boolean {
    return this.root.expired;
  }
  get traceparent(): string {
    return this.root.traceparent;
  }
  withKey(key: string): Call {
    return new LiveCall(this.root, key, this.standby);
  }
  remainingMs(): number {
    return Math.max(0, this.root.deadlineAt - steadyNow());
  }
}
