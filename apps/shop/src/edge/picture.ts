import { createHash } from 'node:crypto';
import { shapeOf, type Tone } from './picture-shapes.ts';

/** Hue, saturation and lightness (degrees, per cent) of the colours, woods and metals that products end in. */
const COLOURS: Readonly<Record<string, readonly [number, number, number]>> = {
  graphite: [215, 8, 34],
  charcoal: [220, 7, 30],
  black: [220, 8, 22],
  white: [40, 20, 92],
  oat: [38, 36, 78],
  sand: [38, 42, 68],
  green: [140, 22, 48],
  moss: [82, 28, 40],
  red: [6, 56, 46],
  cherry: [4, 48, 38],
  rust: [18, 60, 46],
  plum: [320, 28, 36],
  blue: [218, 50, 34],
  navy: [220, 48, 28],
  mustard: [44, 72, 52],
  oak: [32, 42, 58],
  walnut: [24, 36, 34],
  ash: [38, 34, 72],
  beech: [28, 48, 66],
  maple: [34, 56, 70],
  cedar: [16, 40, 46],
  brass: [44, 52, 52],
  copper: [20, 54, 54],
  bronze: [30, 40, 42],
  steel: [210, 10, 62],
  lavender: [260, 34, 64],
  fig: [290, 22, 38],
  blossom: [345, 56, 74],
};

type Colour = readonly [hue: number, saturation: number, lightness: number];
const css = ([h, s, l]: Colour): string => `hsl(${h} ${s}% ${l}%)`;

/** What the id's last word says, else a quiet colour of its own. */
function colourOf(id: string, hash: Buffer): Colour {
  const named = COLOURS[id.slice(id.lastIndexOf('-') + 1)];
  return named ?? [((hash[0] ?? 0) * 360) >> 8, 34, 44 + ((hash[1] ?? 0) % 12)];
}

function tonesOf([h, s, l]: Colour): Readonly<Record<Tone, string>> {
  const dark = css([h, s, l > 34 ? l - 15 : l + 15]);
  const drawn = `fill="none" stroke-linecap="round" stroke-linejoin="round" stroke-width`;
  const fill = (colour: string): string => `fill="${colour}"`;
  return {
    body: fill(css([h, s, l])),
    dark: fill(dark),
    light: fill(css([h, Math.min(s, 40), 94])),
    metal: fill('hsl(210 12% 76%)'),
    warm: fill('hsl(42 90% 62%)'),
    leaf: fill('hsl(130 26% 44%)'),
    line: `${drawn}="3" stroke="${dark}"`,
    cord: `${drawn}="6" stroke="${css([h, s, l])}"`,
  };
}

/** A product's picture as SVG, 4 : 3: the same for the same id, everywhere and always. `id` is a valid product id. */
export function pictureOf(id: string): string {
  const hash = createHash('sha1').update(id).digest();
  const colour = colourOf(id, hash);
  const tones = tonesOf(colour);
  // The wall behind it: a pale neighbour of the product's own colour, so that the two go together.
  const hue = (colour[0] + 150 + ((hash[2] ?? 0) % 90)) % 360;
  const paths = shapeOf(id).map(([tone, path]) => `<path d="${path}" ${tones[tone]}/>`);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 90" width="640" height="480" role="img" aria-label="${id.replaceAll('-', ' ')}">` +
    `<defs><radialGradient id="w" cx=".5" cy=".38" r=".8"><stop offset="0" stop-color="${css([hue, 30, 95])}"/>` +
    `<stop offset="1" stop-color="${css([hue, 24, 85])}"/></radialGradient></defs>` +
    `<rect width="120" height="90" fill="url(#w)"/>` +
    `<ellipse cx="60" cy="77" rx="29" ry="3" fill="${css([hue, 24, 55])}" opacity=".3"/>` +
    `<g transform="translate(26.500 12) scale(1.080)">${paths.join('')}</g></svg>`
  );
}
