import type { Contract, InputOf, Operations, OutputOf } from './contract.ts';

/**
 * What a handler is told about the call it serves, and passes on, unchanged, to every call it makes itself.
 * Passed explicitly: an AsyncLocalStorage look-up costs more than a local call.
 */
export interface Call {
  /** 16 hex digits; the same in every call of the root, in every process. */
  readonly rootId: string;
  /** The epoch that routes every call of the root (E1). */
  readonly epoch: number;
  /** Absolute, ms, on the clock of this process (`steadyNow`). */
  readonly deadlineAt: number;
  /** True once the deadline has passed or the caller has cancelled; set by one coarse timer. */
  readonly expired: boolean;
  /** W3C trace context of the root. */
  readonly traceparent: string;
  /** The call's idempotency key: always set when a keyed operation is served. */
  readonly key: string | undefined;
  /** The same root with the idempotency key for one keyed call. Derive it from persisted ids (`orderId:charge`). */
  withKey(key: string): Call;
  /** Milliseconds left, at least 0. */
  remainingMs(): number;
}

/** Typed operations of one module, as seen by a caller. Rejects with `BusinessError` or `PlatformError`. */
export type Client<C extends Contract> = {
  readonly [K in keyof C['operations']]: (
    input: InputOf<C['operations'][K]>,
    call: Call,
  ) => Promise<OutputOf<C['operations'][K]>>;
};

/** Typed operations of one module, as written by its author. Handlers are async and keep no truth in memory (E7). */
export type Handlers<C extends Contract> = Client<C>;

/** A contract with its handlers: what a host loads. */
export interface ModuleImplementation {
  readonly contract: Contract;
  readonly handlers: Readonly<Record<string, (input: never, call: Call) => Promise<unknown>>>;
}

/** Binds handlers to their contract; a missing or extra handler does not compile. */
export function implement<M extends string, Ops extends Operations>(
  contract: Contract<M, Ops>,
  handlers: Handlers<Contract<M, Ops>>,
): ModuleImplementation {
  return { contract, handlers: handlers as ModuleImplementation['handlers'] };
}

/** A root in progress in the bundle that admitted it. */
export interface Admission {
  readonly call: Call;
  readonly epoch: number;
  /** `tight`, `hybrid` or `loose`: the mode of the layout that the root runs under. */
  readonly mode: string;
  /** Ends the root when its answer is complete in memory; idempotent. */
  end(): void;
}

/** How a root is admitted. */
export interface AdmitOptions {
  /** 10,000 by default, at most 30,000. */
  readonly deadlineMs?: number;
  /** W3C trace context to continue; a new one is drawn when it is absent or malformed. */
  readonly traceparent?: string;
  /** For audit and metrics, e.g. `http:POST /api/carts`, `job:cart.recoverCheckouts`, `event:order.paid`. */
  readonly label: string;
  /** Tops up thin traffic during a trial, hence does not count as traffic itself. */
  readonly topUp?: boolean;
}

/** The coupling runtime of one host, as business code and edge see it. */
export interface Coupling {
  /**
   * A typed client; routes each call by the root's epoch. Cheap: build once, at wiring.
   * @param caller the module that calls; what a root calls itself (edge, pump) names none. Calls are counted by it.
   */
  client<C extends Contract>(contract: C, caller?: string): Client<C>;
  /** Admits one root under the epoch in force. Only bundles admit. Waits only after a stand-still. */
  admit(options: AdmitOptions): Admission | Promise<Admission>;
}
