import { createHash } from 'node:crypto';

/** Outlines in a 100 × 100 box, by a word of the product's id. */
const GLYPHS: readonly (readonly [words: RegExp, path: string])[] = [
  [
    /mug|cup|tea|coffee|kettle|bottle|glass/,
    'M25 30h40v32a12 12 0 0 1-12 12H37a12 12 0 0 1-12-12zM65 38h6a10 10 0 0 1 0 20h-6M36 22v-8M46 22v-8M56 22v-8',
  ],
  [/lamp|light|lantern|candle|bulb/, 'M32 48 42 18h16l10 30zM50 48v30M34 80h32'],
  [/chair|stool|sofa|bench|desk|table|shelf/, 'M34 16v34h32V16M34 50v34M66 50v34M30 50h40M34 32h32'],
  [
    /shirt|jacket|coat|sweater|hoodie|dress|sock|scarf|hat|cap/,
    'M36 18 20 30l8 14 6-4v42h32V40l6 4 8-14-16-12c-4 8-24 8-28 0z',
  ],
  [
    /shoe|boot|sneaker|sandal/,
    'M18 66V40c10 6 18 2 22-4l20 18c6 4 20 4 22 14v6H18zM18 74h64M42 48l6-5M50 55l6-5',
  ],
  [
    /book|notebook|journal|diary|planner/,
    'M28 18h40a4 4 0 0 1 4 4v60H34a6 6 0 0 1-6-6zM28 76a6 6 0 0 1 6-6h38M40 32h20M40 42h14',
  ],
  [/bag|backpack|tote|pack|suitcase|case/, 'M26 36h48l4 46H22zM38 36v-6a12 12 0 0 1 24 0v6'],
  [
    /phone|tablet|camera|speaker|headphone|keyboard|mouse|charger|cable/,
    'M34 14h32a5 5 0 0 1 5 5v62a5 5 0 0 1-5 5H34a5 5 0 0 1-5-5V19a5 5 0 0 1 5-5zM44 76h12M29 68h42',
  ],
  [
    /plant|garden|seed|pot|flower|herb/,
    'M50 60V38M50 46c-16 0-20-10-20-20 14 0 20 8 20 20zM50 40c0-12 6-18 20-18 0 12-6 18-20 18zM34 60h32l-5 24H39z',
  ],
  [
    /knife|pan|pot|spoon|board|bowl|plate|kitchen/,
    'M20 46h60c0 18-12 30-30 30S20 64 20 46zM38 84h24M40 34c0-6 6-6 6-12M54 34c0-6 6-6 6-12',
  ],
  [/ball|bike|yoga|tent|camp|trail|ski|swim/, 'M50 20 16 80h68zM50 20v60M50 80 38 62M50 80l12-18'],
  [/toy|puzzle|game|doll|puppet|kite/, 'M28 36h14a9 9 0 1 1 16 0h14v16a9 9 0 1 1 0 14v16H28z'],
  [/ring|watch|clock|necklace|earring/, 'M50 24a28 28 0 1 1 0 56 28 28 0 0 1 0-56zM50 36v16l11 7M42 14h16'],
];
const OTHER = 'M50 16 82 32v36L50 84 18 68V32zM18 32l32 16 32-16M50 48v36M34 24l32 16';

const glyphOf = (id: string): string => GLYPHS.find(([words]) => words.test(id))?.[1] ?? OTHER;

/** A product's picture as SVG: the same for the same id, everywhere and always. `id` is a valid product id. */
export function pictureOf(id: string): string {
  const hash = createHash('sha1').update(id).digest();
  const at = (index: number): number => hash[index] ?? 0;
  const hue = Math.round((at(0) * 360) / 256);
  const second = (hue + 25 + (at(1) % 50)) % 360;
  const [x, y, r] = [15 + (at(2) % 70), 10 + (at(3) % 80), 26 + (at(4) % 26)];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="400" height="400" role="img" aria-label="${id.replaceAll('-', ' ')}">` +
    `<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1">` +
    `<stop offset="0" stop-color="hsl(${hue} 62% 72%)"/><stop offset="1" stop-color="hsl(${second} 58% 46%)"/></linearGradient></defs>` +
    `<rect width="100" height="100" fill="url(#g)"/>` +
    `<circle cx="${x}" cy="${y}" r="${r}" fill="#fff" opacity=".14"/>` +
    `<circle cx="${100 - y}" cy="${x}" r="${Math.round(r * 0.6)}" fill="#fff" opacity=".1"/>` +
    `<path d="${glyphOf(id)}" transform="translate(14 14) scale(.72)" fill="none" stroke="#fff" stroke-width="4.5" stroke-linecap="round" stroke-linejoin="round"/>` +
    `</svg>`
  );
}
