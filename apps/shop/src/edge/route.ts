/** An edge route as data: which operation it calls and where each field of its input comes from. */
import type { Client, Contract, Operation, OutputOf } from '@atlas/coupling-runtime';
import { Type, type TObject, type TProperties, type TSchema } from '@sinclair/typebox';
import type { BusinessCode } from './problem.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface RouteOptions<Output> {
  readonly method: Method;
  /** OpenAPI style: `/api/carts/{id}`. */
  readonly path: string;
  readonly summary: string;
  /** Path parameter → field of the input. */
  readonly params?: Readonly<Record<string, string>>;
  /** Fields of the input that come from the query; all others come from the body. */
  readonly query?: readonly string[];
  /** Values of fields that may be left out. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Values that the client does not choose, e.g. `{ quantity: 0 }` of a DELETE. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** Where a keyed operation's key comes from: the `Idempotency-Key` header (required), or the root. */
  readonly key?: 'header' | 'root';
  /** Answers carry an `ETag`, and `If-None-Match` is honoured. */
  readonly etag?: boolean;
  /** Success statuses with what they mean; `statusOf` chooses when there are several. */
  readonly success: Readonly<Record<number, string>>;
  readonly statusOf?: (output: Output) => number;
  /** Where an answer leads: operation id → path parameter → field of the answer. OpenAPI's links. */
  readonly leadsTo?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A route whose sources are worked out. */
export interface EdgeRoute {
  /** `cart.getCart`: operation id, metric label and part of the root's label. */
  readonly id: string;
  readonly contract: Contract;
  readonly operation: string;
  readonly spec: Operation;
  readonly options: RouteOptions<never>;
  /** Owned by a session: no valid one is 401. */
  readonly needsSession: boolean;
  readonly schemas: {
    readonly path: TObject;
    readonly query: TObject;
    /** Undefined: the route takes no body. */
    readonly body: TObject | undefined;
  };
  readonly status: (output: unknown) => number;
}

const SESSION_FIELD = 'sessionId';
const closed = (properties: TProperties): TObject => Type.Object(properties, { additionalProperties: false });

function fieldsOf(spec: Operation): TProperties {
  const input: TSchema & { properties?: TProperties } = spec.input;
  if (input.properties === undefined) throw new TypeError('an exposed operation needs an object as input');
  return input.properties;
}

function optionalWhenDefaulted(
  name: string,
  schema: TSchema,
  defaults: Readonly<Record<string, unknown>>,
): TSchema {
  return Object.hasOwn(defaults, name) ? Type.Optional({ ...schema, default: defaults[name] }) : schema;
}

function schemasOf(spec: Operation, options: RouteOptions<never>): EdgeRoute['schemas'] {
  const fields = fieldsOf(spec);
  const { params = {}, query = [], defaults = {}, fixed = {} } = options;
  const path: TProperties = {};
  for (const [parameter, field] of Object.entries(params)) {
    const schema = fields[field];
    if (schema === undefined) throw new TypeError(`${options.path}: the operation has no field "${field}"`);
    path[parameter] = schema;
  }
  const taken = new Set([SESSION_FIELD, ...Object.values(params), ...Object.keys(fixed)]);
  const rest = Object.entries(fields).filter(([name]) => !taken.has(name));
  const pick = (wanted: (name: string) => boolean): TProperties =>
    Object.fromEntries(
      rest
        .filter(([name]) => wanted(name))
        .map(([name, schema]) => [name, optionalWhenDefaulted(name, schema, defaults)]),
    );
  const body = pick((name) => !query.includes(name));
  const takesBody = options.method === 'POST' || options.method === 'PUT';
  if (!takesBody && Object.keys(body).length > 0)
    throw new TypeError(`${options.method} ${options.path} cannot carry ${Object.keys(body).join(', ')}`);
  return {
    path: closed(path),
    query: closed(pick((name) => query.includes(name))),
    body: takesBody ? closed(body) : undefined,
  };
}

/** Operations each of whose failures has an answer in `problem.ts`. */
type Answerable<K extends string> = Readonly<Record<K, { readonly errors: readonly BusinessCode[] }>>;

/**
 * Exposes one operation of a contract.
 * @throws TypeError at start-up when path, fields and operation do not fit together.
 */
export function expose<C extends Contract, K extends keyof C['operations'] & string>(
  contract: C & { readonly operations: Answerable<NoInfer<K>> },
  operation: K,
  options: RouteOptions<OutputOf<C['operations'][K]>>,
): EdgeRoute {
  const spec = contract.operations[operation];
  if (spec === undefined || spec.trigger !== undefined)
    throw new TypeError(`${contract.module}.${operation} cannot be exposed`);
  const statuses = Object.keys(options.success).map(Number);
  const [only] = statuses;
  if (only === undefined || (statuses.length > 1 && options.statusOf === undefined))
    throw new TypeError(`${options.path}: say which status is meant`);
  const choose = options.statusOf as ((output: unknown) => number) | undefined;
  return {
    id: `${contract.module}.${operation}`,
    contract,
    operation,
    spec,
    options,
    needsSession: Object.hasOwn(fieldsOf(spec), SESSION_FIELD),
    schemas: schemasOf(spec, options),
    status: choose ?? (() => only),
  };
}

/** What calls a route's operation. */
export type Invoke = Client<Contract>[string];

/** `/api/carts/{id}` → `/api/carts/:id`. */
export const routerPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');
