import { misfitOf } from '@atlas/coupling-runtime';
import type { TSchema } from '@sinclair/typebox';

/** Texts that fit most patterns of ids. */
const TEXTS = ['warm-up', 'a', '0', ''];

interface Shape {
  readonly const?: unknown;
  readonly anyOf?: readonly TSchema[];
  readonly type?: string;
  readonly minimum?: number;
  readonly minItems?: number;
  readonly items?: TSchema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, TSchema>>;
}

function guess(schema: TSchema): unknown {
  const shape = schema as Shape;
  if (shape.const !== undefined) return shape.const;
  if (shape.anyOf?.[0] !== undefined) return guess(shape.anyOf[0]);
  const { properties = {}, required = [], items } = shape;
  switch (shape.type) {
    case 'object':
      return Object.fromEntries(required.map((name) => [name, guess(properties[name] ?? schema)]));
    case 'array':
      return items === undefined
        ? []
        : Array.from({ length: Math.max(1, shape.minItems ?? 0) }, () => guess(items));
    case 'string':
      return TEXTS.find((text) => misfitOf(schema, text) === undefined);
    case 'integer':
    case 'number':
      return shape.minimum ?? 0;
    case 'boolean':
      return false;
    default:
      return null;
  }
}

/** Some input that fits the schema, naming things that do not exist; undefined when none is found. */
export function sampleInput(schema: TSchema): unknown {
  const value = guess(schema);
  return misfitOf(schema, value) === undefined ? value : undefined;
}
