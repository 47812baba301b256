import type { Static, TSchema } from '@sinclair/typebox';
import { Value, ValueErrorType, type ValueError } from '@sinclair/typebox/value';
import { RefusedError } from '../engine/refused.ts';
import { KEY_PATTERN } from './schemas.ts';

const fieldOf = (error: ValueError): string => error.path.slice(1).replaceAll('/', '.') || 'body';

function wording(error: ValueError): string {
  return error.type === ValueErrorType.ObjectAdditionalProperties
    ? 'is not a known field'
    : error.message.charAt(0).toLowerCase() + error.message.slice(1);
}

/** @throws RefusedError `invalid_request` naming the first field that is unknown or wrong. */
export function validated<T extends TSchema>(schema: T, value: unknown): Static<T> {
  if (Value.Check(schema, value)) return value;
  const errors = [...Value.Errors(schema, value)];
  const first = errors.find(({ type }) => type === ValueErrorType.ObjectAdditionalProperties) ?? errors[0];
  if (!first) throw new RefusedError('invalid_request', 'the request does not fit its schema');
  const field = fieldOf(first);
  throw new RefusedError('invalid_request', `${field}: ${wording(first)}`, { field });
}

/** A query string holds text only: what is written like a whole number is read as one before it is judged. */
export function validatedQuery<T extends TSchema>(schema: T, query: unknown): Static<T> {
  const asked = Object.entries(query as Readonly<Record<string, unknown>>).map(([name, value]) => [
    name,
    typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value,
  ]);
  return validated(schema, Object.fromEntries(asked));
}

const KEY = new RegExp(KEY_PATTERN);

/** @throws RefusedError `invalid_request` */
export function validatedKey(key: unknown): string | undefined {
  if (key === undefined) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw new RefusedError('invalid_request', 'Idempotency-Key: 1 to 200 visible ASCII characters', {
    field: 'Idempotency-Key',
  });
}
