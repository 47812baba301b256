import { createHash } from 'node:crypto';

/** Outlines in a 100 × 100 box, by the words of an id that ask for them. */
const GLYPHS: readonly (readonly [words: string, path: string])[] = [
  [
    'paperback hardback hardcover print edition signed audiobook book notebook journal diary planner atlas guide',
    'M28 18h40a4 4 0 0 1 4 4v60H34a6 6 0 0 1-6-6zM28 76a6 6 0 0 1 6-6h38M40 32h20M40 42h14',
  ],
  [
    'mug cup tea coffee kettle bottle glass flask jar teapot carafe',
    'M25 30h40v32a12 12 0 0 1-12 12H37a12 12 0 0 1-12-12zM65 38h6a10 10 0 0 1 0 20h-6M36 22v-8M46 22v-8M56 22v-8',
  ],
  [
    'knife skillet stockpot pan pot whisk board bowl plate dish mill grinder spoon tin',
    'M20 46h60c0 18-12 30-30 30S20 64 20 46zM38 84h24M40 34c0-6 6-6 6-12M54 34c0-6 6-6 6-12',
  ],
  ['lamp light lantern candle bulb torch headlamp', 'M32 48 42 18h16l10 30zM50 48v30M34 80h32'],
  [
    'chair stool sofa bench desk table shelf bookend tray organiser stand hook frame vase rack',
    'M34 16v34h32V16M34 50v34M66 50v34M30 50h40M34 32h32',
  ],
  [
    'linen cushion throw mat towel blanket cover basket pillow quilt rug bed hammock sheet',
    'M22 30h56v40H22zM22 42h56M22 58h56M30 70v8M42 70v8M58 70v8M70 70v8',
  ],
  [
    'shirt jacket coat sweater hoodie dress jumper apron pyjamas poncho layer tee cardigan robe',
    'M36 18 20 30l8 14 6-4v42h32V40l6 4 8-14-16-12c-4 8-24 8-28 0z',
  ],
  [
    'sock scarf hat cap beanie glove belt trousers mask shorts',
    'M24 62c0-20 10-36 26-36s26 16 26 36zM18 62h64v12H18zM50 26v-8',
  ],
  [
    'shoe boot sneaker sandal slipper',
    'M18 66V40c10 6 18 2 22-4l20 18c6 4 20 4 22 14v6H18zM18 74h64M42 48l6-5M50 55l6-5',
  ],
  [
    'bag backpack tote pack suitcase case wallet tag pouch rucksack holdall organizer cube',
    'M26 36h48l4 46H22zM38 36v-6a12 12 0 0 1 24 0v6',
  ],
  [
    'record microphone turntable metronome preamplifier vinyl soundbar speaker headphones earbuds radio amplifier cable',
    'M50 18a32 32 0 1 1 0 64 32 32 0 0 1 0-64zM50 40a10 10 0 1 1 0 20 10 10 0 0 1 0-20zM50 26a24 24 0 0 1 24 24',
  ],
  [
    'pen pencil paper ruler ink tape stapler eraser scissors clip calendar blotter',
    'M30 82l4-18 36-42 12 10-36 42zM62 32l12 10M34 64l12 10',
  ],
  [
    'phone tablet camera keyboard mouse charger adapter lock scale',
    'M34 14h32a5 5 0 0 1 5 5v62a5 5 0 0 1-5 5H34a5 5 0 0 1-5-5V19a5 5 0 0 1 5-5zM44 76h12M29 68h42',
  ],
  [
    'plant garden seed planter flower herb trowel spade secateurs feeder compost hotel kneeling can gloves raised hose rake',
    'M50 60V38M50 46c-16 0-20-10-20-20 14 0 20 8 20 20zM50 40c0-12 6-18 20-18 0 12-6 18-20 18zM34 60h32l-5 24H39z',
  ],
  [
    'soap shampoo salts cream razor oil brush comb sponge lotion balm bath',
    'M36 40h28v40a6 6 0 0 1-6 6H42a6 6 0 0 1-6-6zM44 40V28h12v12M50 28v-8h12M36 56h28',
  ],
  [
    'tent camp trail trekking poles stove compass tarp sleeping',
    'M50 20 16 80h68zM50 20v60M50 80 38 62M50 80l12-18',
  ],
  [
    'ball bike bicycle yoga rope roller bands chalk pump bell kettlebell goggles racket dumbbell helmet bar running',
    'M18 40v20M28 32v36M28 50h44M72 32v36M82 40v20',
  ],
  [
    'toy puzzle game doll puppet kite chess cards dominoes backgammon blocks top marble railway dice club masters jigsaw',
    'M28 36h14a9 9 0 1 1 16 0h14v16a9 9 0 1 1 0 14v16H28z',
  ],
  ['umbrella parasol', 'M16 52a34 34 0 0 1 68 0zM50 18v-6M50 52v26a8 8 0 0 1-16 0'],
  [
    'ring watch clock necklace earring timer',
    'M50 24a28 28 0 1 1 0 56 28 28 0 0 1 0-56zM50 36v16l11 7M42 14h16',
  ],
];
/** A parcel. */
const OTHER = 'M50 16 82 32v36L50 84 18 68V32zM18 32l32 16 32-16M50 48v36M34 24l32 16';

const BY_WORD: ReadonlyMap<string, string> = new Map(
  GLYPHS.flatMap(([words, path]) => words.split(' ').map((word): [string, string] => [word, path])),
);

/** What a product is stands near the end of its id, before its colour or size. */
function glyphOf(id: string): string {
  for (const word of id.split('-').reverse()) {
    const path =
      BY_WORD.get(word) ?? BY_WORD.get(word.replace(/e?s$/, '')) ?? BY_WORD.get(word.replace(/s$/, ''));
    if (path !== undefined) return path;
  }
  return OTHER;
}

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
