/** What schemas of answers are made of: one source for the type, the check and the OpenAPI document. */
import { Type, type Static, type TSchema } from '@sinclair/typebox';

/** As JSON says it; nobody changes an answer. */
export type Answer<T> = T extends readonly (infer E)[]
  ? readonly Answer<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Answer<T[K]> }
    : T;

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** One of some words. */
export const oneOf = <const W extends readonly string[]>(...words: W) =>
  Type.Unsafe<W[number]>(Type.Union(words.map((word) => Type.Literal(word))));

/** Absent in JSON where it is undefined in memory. */
export const maybe = <T extends TSchema>(schema: T) =>
  Type.Optional(Type.Unsafe<Static<T> | undefined>(schema));
