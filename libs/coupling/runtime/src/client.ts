import { outcomeOf, type AuditSink } from './audit.ts';
import type { Call, Client } from './call.ts';
import { took, type CallMeter, type EdgeCount, type WayCount } from './call-meter.ts';
import type { Contract, Operation } from './contract.ts';
import { PlatformError } from './errors.ts';
import type { CallObserver, TimedCall } from './observer.ts';
import { LiveCall } from './root.ts';
import { slotOf } from './slots.ts';

type Invoke = (input: unknown, call: LiveCall) => Promise<unknown>;

interface Bound {
  readonly module: string;
  readonly operation: string;
  readonly spec: Operation;
  readonly slot: number;
  readonly count: EdgeCount;
}

export interface ClientOptions {
  readonly meter: CallMeter;
  /** Who calls: a module, or `ROOT_CALLER`. */
  readonly caller: string;
  /** Undefined: auditing is off, and clients contain no trace of it. */
  readonly audit: AuditSink | undefined;
  readonly observer: CallObserver | undefined;
  /** The host's own name, for audit records of local calls. */
  readonly instance: string;
}

/** Why this call may not start, or undefined. */
function refusalOf(bound: Bound, call: LiveCall): PlatformError | undefined {
  if (!(call instanceof LiveCall))
    return new PlatformError(
      'internal',
      `${bound.module}.${bound.operation}: pass on the call you were given`,
    );
  if (call.root.stop !== undefined) return call.root.refusal();
  if (bound.spec.kind === 'keyed' && call.key === undefined)
    return new PlatformError('invalid_input', `${bound.module}.${bound.operation} needs an idempotency key`);
  return undefined;
}

function routed(bound: Bound, input: unknown, call: LiveCall): Promise<unknown> {
  const { module, operation, spec } = bound;
  return call.root.router.route({ module, operation, spec, input, call }).promise;
}

/** The tight path: one look-up, one addition, then the handler's own promise; no clock, no wrapper. */
function plainInvoke(bound: Bound, observer: CallObserver | undefined): Invoke {
  const { slot } = bound;
  const { local, remote } = bound.count;
  const keyed = bound.spec.kind === 'keyed';
  return (input, call) => {
    const root = call.root;
    if (root === undefined || root.stop !== undefined || (keyed && call.key === undefined))
      return Promise.reject(refusalOf(bound, call) ?? root.refusal());
    if (root.sampled) return timed(bound, input, call, observer);
    const handler = root.table.tight[slot];
    if (handler === undefined) {
      remote.calls += 1;
      return routed(bound, input, call);
    }
    local.calls += 1;
    return handler(input, call);
  };
}

interface Timing {
  readonly seen: Omit<TimedCall, 'durationMs' | 'error'>;
  readonly startedAt: number;
  readonly count: WayCount;
  readonly observer: CallObserver | undefined;
}

/** Counts the time of the call when it has ended, and tells the observer. */
function observe(promise: Promise<unknown>, { seen, startedAt, count, observer }: Timing): void {
  const tell = (error: unknown): void => {
    const durationMs = performance.now() - startedAt;
    took(count, durationMs);
    observer?.called({ ...seen, durationMs, error });
  };
  promise.then(() => tell(undefined), tell);
}

function timed(
  bound: Bound,
  input: unknown,
  call: LiveCall,
  observer: CallObserver | undefined,
): Promise<unknown> {
  const { module, operation } = bound;
  const handler = call.root.table.tight[bound.slot];
  const local = handler !== undefined;
  const count = local ? bound.count.local : bound.count.remote;
  count.calls += 1;
  const startedAt = performance.now();
  const promise = local ? handler(input, call) : routed(bound, input, call);
  observe(promise, { seen: { module, operation, epoch: call.epoch, local }, startedAt, count, observer });
  return promise;
}

/** The same, with both sides of every local call written down. */
function auditedInvoke(bound: Bound, options: ClientOptions, audit: AuditSink): Invoke {
  const { module, operation, spec } = bound;
  const { instance, observer } = options;
  return (input, call) => {
    const refusal = refusalOf(bound, call);
    if (refusal !== undefined) return Promise.reject(refusal);
    const { root, key } = call;
    const record = { root: root.id, epoch: root.table.epoch, module, operation, key };
    const startedAt = performance.now();
    const handler = root.table.tight[bound.slot];
    let promise: Promise<unknown>;
    const local = handler !== undefined;
    const count = local ? bound.count.local : bound.count.remote;
    count.calls += 1;
    let target = (): string => instance;
    if (handler !== undefined) {
      audit.serve({ ...record, instance });
      promise = handler(input, call);
    } else {
      const pending = root.router.route({ module, operation, spec, input, call });
      target = () => pending.instance;
      promise = pending.promise;
    }
    promise.then(
      () => audit.call({ ...record, target: target(), outcome: 'ok' }),
      (error: unknown) => audit.call({ ...record, target: target(), outcome: outcomeOf(error) }),
    );
    if (root.sampled)
      observe(promise, { seen: { module, operation, epoch: call.epoch, local }, startedAt, count, observer });
    return promise;
  };
}

/** Builds a typed client; which invoke function it gets is decided here, once. */
export function buildClient<C extends Contract>(contract: C, options: ClientOptions): Client<C> {
  const operations: Record<string, Invoke> = {};
  const { module } = contract;
  for (const [operation, spec] of Object.entries(contract.operations)) {
    const count = options.meter.edge(options.caller, module, operation);
    const bound = { module, operation, spec, slot: slotOf(module, operation), count };
    operations[operation] =
      options.audit === undefined
        ? plainInvoke(bound, options.observer)
        : auditedInvoke(bound, options, options.audit);
  }
  return operations as Record<string, (input: unknown, call: Call) => Promise<unknown>> as Client<C>;
}
