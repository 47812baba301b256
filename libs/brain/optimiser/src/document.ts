/** Reads what an operator wrote as YAML or JSON against a schema. Pure. */
import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { parse } from 'yaml';

export type ParsedDocument<T> =
  | { readonly ok: true; readonly value: T }
  /** One line that names the document, the field, what is wrong with it and what it was. */
  | { readonly ok: false; readonly problem: string };

export interface DocumentSpec<S extends TSchema> {
  /** Begins the line that says what is wrong. */
  readonly what: string;
  readonly schema: S;
  /** A field of it, as it is written. */
  readonly example: string;
}

/** Longer texts are no such document. */
const MOST_CHARACTERS = 10_000;

export function parseDocument<S extends TSchema>(
  spec: DocumentSpec<S>,
  text: string,
): ParsedDocument<Static<S>> {
  const no = (why: string) => ({ ok: false, problem: `${spec.what}: ${why}` }) as const;
  if (text.length > MOST_CHARACTERS) return no(`longer than ${MOST_CHARACTERS} characters`);
  try {
    const value: unknown = parse(text, { maxAliasCount: 0 });
    return Value.Check(spec.schema, value) ? { ok: true, value } : no(flawOf(spec, value));
  } catch (error) {
    return no((error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '');
  }
}

function flawOf({ schema, example }: DocumentSpec<TSchema>, value: unknown): string {
  const error = Value.Errors(schema, value).First();
  const field = error?.path.slice(1).replaceAll('/', '.') ?? '';
  if (field === '') return `expected fields such as ${example}`;
  if (error?.message === 'Unexpected property') return `${field} is no field of it`;
  const was = error?.value === undefined ? 'it is missing' : `it is ${JSON.stringify(error.value)}`;
  return `${field}: ${lower(error?.message ?? '')}; ${was}`;
}

const lower = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);
