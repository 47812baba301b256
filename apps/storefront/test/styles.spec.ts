/** What a browser shows only now and then: every colour on every ground that it may stand on. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const css = await readFile(fileURLToPath(new URL('../src/styles.css', import.meta.url).href), 'utf8');

/** Name → its value in the light and in the dark scheme. */
const colours = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);/g)].map(([, name = '', ...both]) => [
    name,
    both,
  ]),
);

/** WCAG 2.2, relative luminance. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The worse of both schemes. */
function contrast(colour: string, ground: string): number {
  const [marks, grounds] = [colours.get(colour), colours.get(ground)];
  if (!marks || !grounds) throw new Error(`no colour ${colour} or ${ground}`);
  return Math.min(
    ...marks.map((mark, scheme) => {
      const [dark = 0, light = 0] = [luminance(mark), luminance(grounds[scheme] ?? '')].sort((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05);
    }),
  );
}

/** The colour of the line around what the keyboard has reached, within what the selector names. */
const focusLine = (within: string): string | undefined =>
  css.split(`\n${within}:focus-visible {`)[1]?.match(/^[^}]*outline[^}]*var\(--([\w-]+)\)/)?.[1];

test.each([
  ['ground', ['ink', 'muted', 'accent', 'warn', 'bad']],
  ['surface', ['ink', 'muted', 'accent', 'warn', 'bad']],
  ['sunken', ['ink', 'muted']],
  ['accent-soft', ['ink', 'muted', 'accent']],
  ['bad-soft', ['bad']],
  ['accent', ['on-accent']],
  ['ink', ['ground']],
])('on %s every text can be read', (ground, texts) => {
  for (const text of texts) expect(contrast(text, ground), text).toBeGreaterThanOrEqual(4.5);
});

test.each(['ground', 'surface', 'accent-soft'])('on %s the edge of a field is seen', (ground) => {
  expect(contrast('field-edge', ground)).toBeGreaterThanOrEqual(3);
});

test.each([
  ['', 'ground'],
  ['', 'surface'],
  ['', 'accent-soft'],
  ['', 'bad-soft'],
  ['.notice ', 'ink'],
])('what the keyboard has reached stands out, within "%s" on %s', (within, ground) => {
  const line = focusLine(within) ?? focusLine('') ?? '';
  expect(contrast(line, ground)).toBeGreaterThanOrEqual(3);
});
