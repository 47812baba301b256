import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler';
import type { TSchema } from '@sinclair/typebox';

const compiled = new WeakMap<TSchema, TypeCheck<TSchema>>();

function checkOf(schema: TSchema): TypeCheck<TSchema> {
  let check = compiled.get(schema);
  if (check === undefined) {
    check = TypeCompiler.Compile(schema);
    compiled.set(schema, check);
  }
  return check;
}

/** The first place where `value` does not fit, e.g. `/lines/0/quantity: Expected integer`; undefined when it fits. */
export function misfitOf(schema: TSchema, value: unknown): string | undefined {
  const check = checkOf(schema);
  if (check.Check(value)) return undefined;
  const first = check.Errors(value).First();
  return first === undefined ? 'does not fit its schema' : `${first.path || '/'}: ${first.message}`;
}
