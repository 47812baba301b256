/** More words than this narrow nothing down. */
const MAX_WORDS = 8;

/**
 * What a person typed, as a `tsquery`: every word must begin some word of the product. Letters and digits only, so
 * nothing typed is ever an operator. Undefined: nothing was asked for. Empty: asked for what no product has.
 */
export function searchQuery(typed: string | undefined): string | undefined {
  const text = typed?.trim() ?? '';
  if (text === '') return undefined;
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words
    .slice(0, MAX_WORDS)
    .map((word) => `${word}:*`)
    .join(' & ');
}
