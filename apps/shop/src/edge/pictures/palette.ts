/** Hue, saturation and lightness, in degrees and per cent. */
export type Colour = readonly [hue: number, saturation: number, lightness: number];

/** What the last word of a product's id says about its colour. A map, for `constructor` is a valid id and a key of every object. */
export const NAMED: ReadonlyMap<string, Colour> = new Map(
  Object.entries<Colour>({
    graphite: [210, 7, 36],
    charcoal: [215, 6, 32],
    black: [215, 8, 24],
    white: [38, 28, 90],
    oat: [38, 40, 76],
    sand: [36, 44, 68],
    green: [136, 20, 52],
    moss: [82, 28, 42],
    red: [8, 52, 50],
    cherry: [10, 46, 40],
    rust: [17, 56, 48],
    plum: [322, 24, 40],
    blue: [214, 40, 38],
    navy: [218, 40, 32],
    mustard: [42, 68, 54],
    oak: [34, 46, 62],
    walnut: [24, 36, 36],
    ash: [38, 40, 74],
    beech: [26, 50, 68],
    maple: [34, 56, 72],
    cedar: [16, 40, 50],
    brass: [42, 50, 56],
    copper: [19, 54, 57],
    bronze: [30, 38, 46],
    steel: [206, 12, 68],
    salt: [196, 30, 62],
    lavender: [262, 30, 66],
    fig: [292, 20, 44],
    blossom: [24, 72, 68],
    unscented: [44, 26, 80],
  }),
);

/** Woods show their grain. */
export const WOODS: ReadonlySet<string> = new Set(['oak', 'walnut', 'cherry', 'ash', 'beech', 'maple']);

/** For products whose id names no colour. */
export const QUIET: readonly Colour[] = [
  [162, 26, 40],
  [206, 32, 46],
  [14, 50, 54],
  [40, 58, 58],
  [284, 18, 48],
  [98, 22, 46],
  [346, 36, 54],
  [226, 26, 46],
];

/** Walls to stand before: one family of soft, warm tints. */
export const WALLS: readonly Colour[] = [
  [36, 44, 88],
  [16, 46, 88],
  [104, 20, 85],
  [202, 30, 87],
  [262, 24, 89],
  [48, 58, 86],
  [172, 22, 85],
  [348, 38, 89],
];

export const css = ([h, s, l]: Colour): string => `hsl(${h} ${s}% ${l}%)`;
export const darker = ([h, s, l]: Colour, by: number): Colour => [h, s, Math.max(10, l - by)];
export const lighter = ([h, s, l]: Colour, by: number): Colour => [h, s, Math.min(97, l + by)];

const hueGap = (a: number, b: number): number => Math.min((a - b + 360) % 360, (b - a + 360) % 360);

/** A wall that `body` stands out from; `draw` chooses among those that do. Pale bodies get a deeper one. */
export function wallFor(body: Colour, draw: number): Colour {
  const [hue, saturation, lightness] = body;
  const apart = WALLS.filter(([other]) => saturation < 15 || hueGap(hue, other) > 34);
  const wall = apart[draw % apart.length] ?? [36, 44, 88];
  const [wallHue, wallSaturation] = wall;
  return lightness > 72 ? [wallHue, wallSaturation * 0.7, 75] : lightness > 64 ? darker(wall, 5) : wall;
}
