import type { Static, TSchema } from '@sinclair/typebox';

/** A JSON value that its holder must not change: local calls hand over the very object, remote calls a copy. */
export type DeepReadonly<T> = T extends (infer U)[]
  ? readonly DeepReadonly<U>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** `read` has no effect; `keyed` has its effect at most once per idempotency key (E6). Both may be retried. */
export type OperationKind = 'read' | 'keyed';

/** Who starts an internal operation: the pump, on a schedule or for each event of one name. */
export type Trigger = { readonly everyMs: number } | { readonly event: string };

/** One operation of a module: data only, the same for caller and callee. */
export interface Operation<
  I extends TSchema = TSchema,
  O extends TSchema = TSchema,
  E extends string = string,
> {
  readonly kind: OperationKind;
  readonly input: I;
  readonly output: O;
  /** The closed set of business error codes that the operation may answer with. */
  readonly errors: readonly E[];
  /** Longest time one call may take, in milliseconds; the root's own deadline may cut it shorter. */
  readonly deadlineMs: number;
  /** Set on operations that only the pump calls; the edge never exposes them. */
  readonly trigger?: Trigger;
}

export type Operations = Readonly<Record<string, Operation>>;

/** A module's name and operations. */
export interface Contract<M extends string = string, Ops extends Operations = Operations> {
  readonly module: M;
  readonly operations: Ops;
}

/** Keeps the literal types of one operation's schemas and error codes. */
export function operation<I extends TSchema, O extends TSchema, const E extends string>(
  spec: Operation<I, O, E>,
): Operation<I, O, E> {
  return spec;
}

const MODULE_NAME = /^[a-z][a-z0-9-]{0,30}$/;

/**
 * Declares a module's contract.
 * @throws TypeError when the module's or an operation's name cannot be used on the wire.
 */
export function defineContract<const M extends string, const Ops extends Operations>(
  module: M,
  operations: Ops,
): Contract<M, Ops> {
  if (!MODULE_NAME.test(module)) throw new TypeError(`module name "${module}" must match ${MODULE_NAME}`);
  for (const name of Object.keys(operations)) {
    if (!/^[a-z][A-Za-z0-9]{0,62}$/.test(name))
      throw new TypeError(`operation "${module}.${name}": bad name`);
  }
  return { module, operations };
}

export type InputOf<Op extends Operation> = DeepReadonly<Static<Op['input']>>;
export type OutputOf<Op extends Operation> = DeepReadonly<Static<Op['output']>>;
export type ErrorOf<Op extends Operation> = Op['errors'][number];
