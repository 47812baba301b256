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
});

/** Reads the text of a capacity file. A shape that was not measured bears nothing, so it is no rung. */
export function parseCapacity(text: string): ParsedDocument<Capacity> {
  const parsed = parseDocument({ what: 'capacity', schema: CapacitySchema, example: '"tight": 400' }, text);
  if (!parsed.ok) return parsed;
  const { tight, tight2 = 0, hybrid = 0, loose = 0 } = parsed.value;
  return { ok: true, value: { tight, tight2, hybrid, loose } };
}
