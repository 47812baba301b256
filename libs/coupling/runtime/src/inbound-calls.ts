import type { AuditSink } from './audit.ts';
import type { CallMeter } from './call-meter.ts';
import type { HostIdentity } from './host.ts';
import { misfitOf } from './input-check.ts';
import type { HeldLayouts } from './layouts-held.ts';
import type { CallFrame, Inbound, Refusal, Reply, ServedCall } from './link.ts';
import type { LoadedModules, LocalOperation } from './module-registry.ts';
import { LiveCall, Root, type CallRouter, type Pending } from './root.ts';
import { roleOf } from './route.ts';
import type { RouteTable } from './route-table.ts';
import type { PlaceWaiter, StandbyGate } from './standby-gate.ts';
import { steadyNow } from './steady-clock.ts';
import type { Sweeper } from './sweeper.ts';
import { platformWire, toWire } from './wire-error.ts';
import type { PlatformCode } from './errors.ts';

/** Where a defect happened. */
export interface DefectSite {
  readonly module: string;
  readonly operation: string;
  readonly rootId: string;
}

export interface InboundOptions {
  readonly host: HostIdentity;
  readonly loaded: LoadedModules;
  readonly layouts: HeldLayouts;
  readonly gate: StandbyGate;
  readonly sweeper: Sweeper;
  readonly router: CallRouter;
  readonly audit: AuditSink | undefined;
  readonly meter: CallMeter;
  /** A handler failed without a code, or with a business code that its contract does not have. */
  readonly onDefect: (error: unknown, site: DefectSite) => void;
}

/** What a call runs as. */
interface Placed {
  readonly table: RouteTable;
  readonly operation: LocalOperation;
  readonly standby: boolean;
}

const nameOf = ({ module, operation }: CallFrame): string => `${module}.${operation}`;

/** Of a call, nothing that it carries: its input may hold a card. */
const siteOf = ({ module, operation, rootId }: CallFrame): DefectSite => ({ module, operation, rootId });

/** The flag of the trace context: the root's admitter drew it. */
const isSampled = (traceparent: string): boolean => traceparent.endsWith('1');

/** It was answered before it ran. */
const OVER: ServedCall = { cancel: () => {}, abandon: () => {} };

type Respond = (reply: Reply) => void;

const failure = (code: PlatformCode, message: string): Reply => ({
  kind: 'failure',
  error: platformWire(code, message),
});
const refusal = (reason: Refusal, message: string): Reply => ({ kind: 'refusal', reason, message });

/**
 * Calls that come in from other hosts.
 *
 * I1  A call runs only where its epoch's layout names this host primary or standby (E1); an epoch that is not held
 *     is read first.
 * I2  Nothing has been executed when the reply is a refusal, or a failure that is told before the call starts.
 * I3  Each call is answered once.
 */
export class InboundCalls implements Inbound {
  readonly #options: InboundOptions;
  readonly #onEnd: (root: Root) => void;
  #running = 0;

  constructor(options: InboundOptions) {
    this.#options = options;
    this.#onEnd = (root) => options.sweeper.remove(root);
  }

  /** Calls that are running now, or wait for a place. */
  get running(): number {
    return this.#running;
  }

  serve(frame: CallFrame, respond: Respond): ServedCall {
    const table = this.#options.layouts.get(frame.epoch);
    if (table !== undefined) return this.#start(frame, table, respond) ?? OVER;
    return this.#readThenStart(frame, respond);
  }

  #readThenStart(frame: CallFrame, respond: Respond): ServedCall {
    let cancelled = false;
    let started: ServedCall | undefined;
    const read = this.#options.layouts.fetch(frame.epoch).then((table) => {
      if (cancelled) respond(failure('cancelled', 'the caller gave up'));
      else if (table === undefined) respond(refusal('epoch_unknown', `epoch ${frame.epoch} cannot be read`));
      else started = this.#start(frame, table, respond);
    });
    read.catch((error: unknown) => this.#options.onDefect(error, siteOf(frame)));
    return {
      cancel: () => {
        cancelled = true;
        started?.cancel();
      },
      abandon: () => {
        cancelled ||= started === undefined;
        started?.abandon();
      },
    };
  }

  /** Undefined when the call was answered without being started (I2). */
  #start(frame: CallFrame, table: RouteTable, respond: Respond): ServedCall | undefined {
    const { host, loaded } = this.#options;
    const role = roleOf(table.record.layout, host, frame.module, frame.rootId);
    const operation = loaded.find(frame.module, frame.operation);
    const unfit = this.#unfit(frame, role !== undefined ? operation : undefined);
    if (unfit !== undefined || operation === undefined) {
      respond(unfit ?? failure('misrouted', 'no such operation'));
      return undefined;
    }
    return this.#accept(frame, { table, operation, standby: role === 'standby' }, respond);
  }

  #unfit(frame: CallFrame, operation: LocalOperation | undefined): Reply | undefined {
    if (operation === undefined)
      return failure(
        'misrouted',
        `${this.#options.host.instance} does not serve ${nameOf(frame)} in epoch ${frame.epoch}`,
      );
    if (steadyNow() >= frame.deadlineAt)
      return failure('deadline_exceeded', `${nameOf(frame)}: arrived too late`);
    if (operation.spec.kind === 'keyed' && frame.key === undefined)
      return failure('invalid_input', `${nameOf(frame)} needs an idempotency key`);
    const misfit = misfitOf(operation.spec.input, frame.input);
    return misfit === undefined ? undefined : failure('invalid_input', `${nameOf(frame)}: ${misfit}`);
  }

  #accept(frame: CallFrame, placed: Placed, respond: Respond): ServedCall {
    const { sweeper, router, gate } = this.#options;
    const root = new Root({
      id: frame.rootId,
      table: placed.table,
      router,
      deadlineAt: frame.deadlineAt,
      traceparent: frame.traceparent === '' ? undefined : frame.traceparent,
      sampled: isSampled(frame.traceparent),
      onEnd: this.#onEnd,
    });
    sweeper.add(root);
    this.#running += 1;
    const finish = (reply: Reply): void => {
      this.#running -= 1;
      root.end();
      respond(reply);
    };
    if (!placed.standby || gate.enter()) this.#run(frame, placed, root, finish);
    else this.#queue(frame, placed, root, finish);
    return root;
  }

  /** Waits for a place of the standby (G4 of `standby-gate.ts`), as what holds its root open. */
  #queue(frame: CallFrame, placed: Placed, root: Root, respond: Respond): void {
    const { gate } = this.#options;
    const over = (): void => {
      root.waits = false;
      root.settled(turn);
    };
    const refuse = (reply: Reply): void => {
      over();
      respond(reply);
    };
    const turn: PlaceWaiter & Pending = {
      placed: () => {
        const unfit = this.#unfit(frame, placed.operation);
        if (unfit === undefined) {
          over();
          return this.#run(frame, placed, root, respond);
        }
        refuse(unfit);
        gate.leave();
      },
      turnedAway: () => refuse(refusal('overloaded', `the standby of ${frame.module} has no room`)),
      giveUp: (code) => {
        gate.withdraw(turn);
        refuse(failure(code, `${nameOf(frame)} waited for a place of the standby: ${code}`));
      },
      sweep: () => {},
    };
    root.waits = true;
    root.started(turn);
    if (!gate.wait(turn)) turn.turnedAway();
  }

  #run(frame: CallFrame, { operation, standby }: Placed, root: Root, respond: Respond): void {
    const { host, audit, meter, gate } = this.#options;
    const { rootId, epoch, module, key } = frame;
    const ended = meter.serving(operation, root.sampled);
    audit?.serve({ root: rootId, epoch, module, operation: frame.operation, key, instance: host.instance });
    const finish = (reply: Reply): void => {
      ended?.();
      respond(reply);
      if (standby) gate.leave();
    };
    const fail = (error: unknown): void => finish(this.#failed(error, operation, frame));
    try {
      operation
        .handler(frame.input, new LiveCall(root, key, standby))
        .then((output) => finish({ kind: 'answer', output }), fail);
    } catch (error) {
      fail(error);
    }
  }

  #failed(error: unknown, { spec }: LocalOperation, frame: CallFrame): Reply {
    const wire = toWire(error, spec);
    if (wire !== undefined) return { kind: 'failure', error: wire };
    this.#options.onDefect(error, siteOf(frame));
    return failure('internal', `${nameOf(frame)} failed`);
  }
}
