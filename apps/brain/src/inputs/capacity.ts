/** What each shape was measured to bear, as a JSON file that whoever measured it has written. */
import type { Capacity } from '@atlas/brain-decision';
import { parseDocument, type ParsedDocument } from '@atlas/brain-optimiser';
import { Type } from '@sinclair/typebox';

const Rate = Type.Number({ exclusiveMinimum: 0, maximum: 1e7 });

/** Requests per second; a shape that was not measured is absent. Further fields tell of the measurement. */
export const CapacitySchema = Type.Object({
  tight: Rate,
  tight2: Type.Optional(Rate),
  hybrid: Type.Optional(Rate),
  loose: Type.Optional(Rate),
  hybridServices: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000, description: 'services that hybrid had meanwhile' }),
  ),
  intentP99Ms: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, maximum: 30_000, description: 'p99 that was kept meanwhile' }),
  ),
});

export interface MeasuredCapacity {
  readonly bears: Capacity;
  /** It was borne within this p99, ms; undefined: not told. */
  readonly intentP99Ms: number | undefined;
}

/** Reads the text of a capacity file. A shape that was not measured bears nothing, so it is no rung. */
export function parseCapacity(text: string): ParsedDocument<MeasuredCapacity> {
  const parsed = parseDocument({ what: 'capacity', schema: CapacitySchema, example: '"tight": 400' }, text);
  if (!parsed.ok) return parsed;
  const { tight, tight2 = 0, hybrid = 0, loose = 0, hybridServices = 1, intentP99Ms } = parsed.value;
  return { ok: true, value: { bears: { tight, tight2, hybrid, loose, hybridServices }, intentP99Ms } };
}
