import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler';
import type { TObject } from '@sinclair/typebox';
import { Problem, type Misfit } from './problem.ts';
import type { EdgeRoute } from './route.ts';

/** The parts of a request that a route reads. */
export interface Incoming {
  readonly params: unknown;
  readonly query: unknown;
  /** Undefined: none was sent. */
  readonly body: unknown;
}

/** At most so many misfits are named. */
const NAMED_MISFITS = 10;

/** A NUL or a lone surrogate: valid JSON, but no text that a database can keep. */
const unstorable = (text: string): boolean => text.includes('\0') || !text.isWellFormed();

/** JSON Pointers of unstorable texts; `value` has been checked, so it is no deeper than its schema. */
function* unstorablePlaces(value: unknown, at = ''): Iterable<string> {
  if (typeof value === 'string') {
    if (unstorable(value)) yield at;
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) yield* unstorablePlaces(part, `${at}/${key}`);
  }
}

/** Most parts of requests are few short texts, or nothing: told without a list of anything. */
function fits(check: TypeCheck<TObject>, value: unknown): boolean {
  if (!check.Check(value)) return false;
  for (const part of Object.values(value))
    if (typeof part === 'object' || (typeof part === 'string' && unstorable(part))) return false;
  return true;
}

const NONE: readonly Misfit[] = [];

function misfits(check: TypeCheck<TObject>, value: unknown, where: Misfit['in']): readonly Misfit[] {
  if (fits(check, value)) return NONE;
  const nameOf = (pointer: string): string => (where === 'body' ? pointer || '/' : pointer.slice(1));
  const found: Misfit[] = [];
  if (!check.Check(value)) {
    const seen = new Set<string>();
    for (const { path, message } of check.Errors(value)) {
      if (seen.has(path)) continue;
      seen.add(path);
      found.push({ in: where, name: nameOf(path), message });
      if (found.length >= NAMED_MISFITS) return found;
    }
    return found;
  }
  for (const path of unstorablePlaces(value))
    found.push({ in: where, name: nameOf(path), message: 'holds characters that are not text' });
  return found;
}

/** Query texts become numbers where the schema wants integers, and only when they are written as such. */
function coerce(schema: TObject, integers: boolean, given: unknown): Record<string, unknown> {
  if (!integers) return given as Record<string, unknown>;
  const values: Record<string, unknown> = { ...(given as Record<string, unknown>) };
  for (const [name, property] of Object.entries(schema.properties)) {
    const value = values[name];
    if (property['type'] === 'integer' && typeof value === 'string' && /^-?\d{1,15}$/.test(value))
      values[name] = Number(value);
  }
  return values;
}

/** Checks a request against its route's schemas and gathers the operation's input (without the session). */
export type RequestReader = (incoming: Incoming) => Record<string, unknown>;

/**
 * Compiles a route's checks once. The reader throws `Problem` `invalid_request`, naming every field that does not fit,
 * unknown ones included.
 */
export function requestReader(route: EdgeRoute): RequestReader {
  const { path, query, body } = route.schemas;
  const checks = {
    path: TypeCompiler.Compile(path),
    query: TypeCompiler.Compile(query),
    body: body === undefined ? undefined : TypeCompiler.Compile(body),
  };
  const { params = {}, defaults, fixed } = route.options;
  const named = Object.entries(params);
  const integers = Object.values(query.properties).some((property) => property['type'] === 'integer');
  return (incoming) => {
    const asked = coerce(query, integers, incoming.query);
    const sent = incoming.body === undefined ? {} : incoming.body;
    const ofPath = misfits(checks.path, incoming.params, 'path');
    const ofQuery = misfits(checks.query, asked, 'query');
    const ofBody = checks.body === undefined ? NONE : misfits(checks.body, sent, 'body');
    if (ofPath.length + ofQuery.length + ofBody.length > 0)
      throw new Problem('invalid_request', { errors: [...ofPath, ...ofQuery, ...ofBody] });
    const given = incoming.params as Record<string, unknown>;
    const input: Record<string, unknown> = { ...defaults, ...asked, ...fixed };
    if (checks.body !== undefined) Object.assign(input, sent);
    for (const [parameter, field] of named) input[field] = given[parameter];
    return input;
  };
}

const KEY = /^[\x21-\x7e]{1,200}$/;

/**
 * The client's idempotency key.
 * @throws Problem `invalid_request` when it is missing or not 1–200 visible ASCII characters.
 */
export function readIdempotencyKey(header: string | string[] | undefined): string {
  if (typeof header === 'string' && KEY.test(header)) return header;
  const message = header === undefined ? 'is required' : 'must be 1 to 200 visible ASCII characters';
  throw new Problem('invalid_request', {
    errors: [{ in: 'header', name: 'Idempotency-Key', message }],
  });
}
