/**
 * What products look like: flat drawings in a 60 × 60 box. A line is `words = tone path; tone path; …`, the hindmost
 * path first. The first line with a word of the product's id is its drawing; the last line fits everything.
 */
const DRAWINGS = `
  chess|dominoes|backgammon|masters|club|garden-game|railway|orchard-game|marble|word = body M9 6h42a3 3 0 0 1 3 3v42a3 3 0 0 1-3 3h-42a3 3 0 0 1-3-3v-42a3 3 0 0 1 3-3z; light M13.5 18a4.5 4.5 0 1 1 9 0a4.5 4.5 0 1 1-9 0zM37.5 18a4.5 4.5 0 1 1 9 0a4.5 4.5 0 1 1-9 0zM25.5 30a4.5 4.5 0 1 1 9 0a4.5 4.5 0 1 1-9 0zM13.5 42a4.5 4.5 0 1 1 9 0a4.5 4.5 0 1 1-9 0zM37.5 42a4.5 4.5 0 1 1 9 0a4.5 4.5 0 1 1-9 0z
  paperback|hardback|print|copy|pocket-edition|boxed-edition = light M15 50h32v7H15z; body M14 3h30a4 4 0 0 1 4 4v44H16a4 4 0 0 0 0 6h32v1H16a6 6 0 0 1-6-6V7a4 4 0 0 1 4-4z; dark M10 7a4 4 0 0 1 4-4h3v48h-1c-3 0-6 1-6 3z; light M24 13h17v3H24zM24 20h11v3H24z
  pen-cup|cable-tidy|tape = line M22 30V8M30 30V4M38 30V12; body M13 26h34l-3 28a3 3 0 0 1-3 3H19a3 3 0 0 1-3-3z; dark M13 26h34l-.6 6H13.600z
  speaker-cable|rope|belt|bands|twine = cord M8 30a22 22 0 1 1 44 0a22 22 0 1 1-44 0z; cord M18 30a12 12 0 1 1 24 0a12 12 0 1 1-24 0z; line M8 30c0 12 2 20 10 26
  headlamp|bicycle-light = cord M5 31h50; body M13 31a17 17 0 1 1 34 0a17 17 0 1 1-34 0z; warm M20 31a10 10 0 1 1 20 0a10 10 0 1 1-20 0z
  lamp = line M30 52V30; dark M19 51h22a3 3 0 0 1 3 3v0a3 3 0 0 1-3 3h-22a3 3 0 0 1-3-3v-0a3 3 0 0 1 3-3z; warm M25 32h10l-1 5h-8z; body M20 6h20l9 27H11z
  candle = warm M30 3c5 6 6 9 6 11a6 6 0 0 1-12 0c0-2 1-5 6-11z; line M30 24v-4; body M21 23h18a3 3 0 0 1 3 3v28a3 3 0 0 1-3 3h-18a3 3 0 0 1-3-3v-28a3 3 0 0 1 3-3z; light M18 34h24v9H18z
  mug = line M42 22h5a8 8 0 0 1 0 17h-5; body M8 12h34v34a8 8 0 0 1-8 8H16a8 8 0 0 1-8-8z; dark M8 12h34v6H8z
  stockpot|baking-dish|stove = line M8 31H3M52 31h5; body M8 22h44v24a8 8 0 0 1-8 8H16a8 8 0 0 1-8-8z; dark M6 16h48v7H6zM26 9h8v7h-8z
  skillet = dark M37 21 54 4l4 4-17 17z; body M4 35a21 21 0 1 1 42 0a21 21 0 1 1-42 0z; dark M9 35a16 16 0 1 1 32 0a16 16 0 1 1-32 0z; body M11 35a14 14 0 1 1 28 0a14 14 0 1 1-28 0z
  bowl = dark M20 50h20v6H20z; body M4 22h52c0 19-11 30-26 30S4 41 4 22z; light M4 22h52l-.6 6H4.600z
  kettle = line M18 22C14 5 46 5 42 22M46 36c7 0 4-12 11-15; body M15 24h30l6 30H9z; dark M24 16h12l5 8H19z
  watering = line M40 46 53 23M48 20l9 5M16 24C16 6 38 6 38 24; body M13 23h25a3 3 0 0 1 3 3v27a3 3 0 0 1-3 3h-25a3 3 0 0 1-3-3v-27a3 3 0 0 1 3-3z; dark M10 33h31v5H10z
  knife|knives = metal M26 2c9 9 12 23 11 36H26z; body M27 37h9a3 3 0 0 1 3 3v15a3 3 0 0 1-3 3h-9a3 3 0 0 1-3-3v-15a3 3 0 0 1 3-3z; light M29.9 43a1.6 1.6 0 1 1 3.2 0a1.6 1.6 0 1 1-3.2 0zM29.9 51a1.6 1.6 0 1 1 3.2 0a1.6 1.6 0 1 1-3.2 0z
  whisk|hair-brush|shaving-brush = body M29 30h2a3 3 0 0 1 3 3v22a3 3 0 0 1-3 3h-2a3 3 0 0 1-3-3v-22a3 3 0 0 1 3-3z; metal M14 4h32c0 16-4 28-12 28h-8C18 32 14 20 14 4z; line M22 6c0 10 2 20 5 24M38 6c0 10-2 20-5 24M30 6v24
  razor = metal M15 5h30a3 3 0 0 1 3 3v6a3 3 0 0 1-3 3h-30a3 3 0 0 1-3-3v-6a3 3 0 0 1 3-3z; body M29 17h2a3 3 0 0 1 3 3v35a3 3 0 0 1-3 3h-2a3 3 0 0 1-3-3v-35a3 3 0 0 1 3-3z; dark M26 24h8v4h-8zM26 32h8v4h-8z
  board|ruler|tray = body M13 4h34a3 3 0 0 1 3 3v46a3 3 0 0 1-3 3h-34a3 3 0 0 1-3-3v-46a3 3 0 0 1 3-3z; dark M27 12a3 3 0 1 1 6 0a3 3 0 1 1-6 0z; light M16 22h3v26h-3zM28 22h3v26h-3zM40 22h3v26h-3z
  mill = dark M25 8a5 5 0 1 1 10 0a5 5 0 1 1-10 0z; body M20 14h20c0 10-4 12-4 18s6 12 6 24H18c0-12 6-18 6-24s-4-8-4-18z; light M23 30h14v4H23z
  jar|salts|chalk = metal M14 18h32v33a6 6 0 0 1-6 6H20a6 6 0 0 1-6-6z; body M14 32h32v19a6 6 0 0 1-6 6H20a6 6 0 0 1-6-6z; dark M19 7h22a3 3 0 0 1 3 3v5a3 3 0 0 1-3 3h-22a3 3 0 0 1-3-3v-5a3 3 0 0 1 3-3z
  flask|bottle|oil|cream = dark M26 2h8a3 3 0 0 1 3 3v5a3 3 0 0 1-3 3h-8a3 3 0 0 1-3-3v-5a3 3 0 0 1 3-3z; body M19 24c0-6 5-7 5-12h12c0 5 5 6 5 12v28a5 5 0 0 1-5 5H24a5 5 0 0 1-5-5z; light M19 30h22v13H19z
  cushion|pillow|kneeling = body M8 14c15 4 29 4 44 0 4 12 4 21 0 33-15-4-29-4-44 0-4-12-4-21 0-33z; light M14 20c11 2 21 2 32 0l.6 3c-12 2-21 2-33 0zM14 41c11-2 21-2 32 0l.6-3c-12-2-21-2-33 0z
  sleeping-bag|sleeping-mat|yoga|roller = body M15 16h32a13 13 0 0 1 0 28H15z; dark M2 30a14 14 0 1 1 28 0a14 14 0 1 1-28 0z; body M7 30a9 9 0 1 1 18 0a9 9 0 1 1-18 0z; dark M12 30a4 4 0 1 1 8 0a4 4 0 1 1-8 0z; light M38 16h4v28h-4z
  turntable-mat|record-player|preamplifier|radio = body M6 8h48a3 3 0 0 1 3 3v38a3 3 0 0 1-3 3h-48a3 3 0 0 1-3-3v-38a3 3 0 0 1 3-3z; dark M8 30a17 17 0 1 1 34 0a17 17 0 1 1-34 0z; light M19 30a6 6 0 1 1 12 0a6 6 0 1 1-12 0z; line M49 14v18l-8 8
  towel|throw|linen-set|bed-linen|door-mat|bath-mat|scarf|pad = body M6 41h42a7 7 0 0 1 0 14H6z; light M8 26h40a7 7 0 0 1 0 14H8z; dark M6 11h42a7 7 0 0 1 0 14H6z
  table-tennis = dark M34 34 52 52l-6 6-18-18z; body M5 25a20 20 0 1 1 40 0a20 20 0 1 1-40 0z; light M44 14a6 6 0 1 1 12 0a6 6 0 1 1-12 0z
  table|stool|raised = line M14 23 9 56M46 23l5 33M14 40h32; body M7 14h46a3 3 0 0 1 3 3v4a3 3 0 0 1-3 3h-46a3 3 0 0 1-3-3v-4a3 3 0 0 1 3-3z
  clock|metronome = body M3 30a27 27 0 1 1 54 0a27 27 0 1 1-54 0z; light M9 30a21 21 0 1 1 42 0a21 21 0 1 1-42 0z; line M30 16v14l9 6
  frame-bag|weekend-bag|laundry-bag|wash-bag|cubes = line M20 24v-7a10 10 0 0 1 20 0v7; body M9 22h42l4 31a3 3 0 0 1-3 4H8a3 3 0 0 1-3-4z; dark M8 31h44l1 6H7z
  picture = body M8 7h44a3 3 0 0 1 3 3v40a3 3 0 0 1-3 3h-44a3 3 0 0 1-3-3v-40a3 3 0 0 1 3-3z; light M12 14h36v32H12z; leaf m12 46 11-16 8 9 7-8 10 15z; warm M35 22a4 4 0 1 1 8 0a4 4 0 1 1-8 0z
  basket|bin = body M7 16h46l-6 38a3 3 0 0 1-3 3H16a3 3 0 0 1-3-3z; dark M5 13h50v7H5z; line M13 32h34M15 44h30
  plant|herb|seed|vase = leaf M30 35C30 20 21 10 6 10c0 15 9 25 24 25zM30 33c0-11 9-20 24-20 0 13-9 20-24 20z; body M15 34h30l-4 23H19z; dark M13 32h34v6H13z
  feeder|insect = body M11 24h38v33H11z; dark M23 38a7 7 0 1 1 14 0a7 7 0 1 1-14 0z; dark M30 3 57 28H3z
  spade|trowel|secateurs = dark M23 2h14a3 3 0 0 1 3 3v0a3 3 0 0 1-3 3h-14a3 3 0 0 1-3-3v-0a3 3 0 0 1 3-3z; body M27 7h6v28h-6z; metal M17 32h26v10c0 8-7 12-13 16-6-4-13-8-13-16z
  apron = line M22 8c2-8 14-8 16 0; body M20 7h20l2 15c6 1 10 4 10 8v27H8V30c0-4 4-7 10-8z; dark M19 34h22v13H19z
  trousers|pyjamas = body M14 4h32l5 53H36l-6-32-6 32H9z; dark M14 4h32l.7 7H13.400z
  sock = body M19 4h19v28l11 9c7 7 1 16-8 16-4 0-8-2-11-5L19 40z; dark M19 4h19v8H19z; light M19 15h19v3H19z
  beanie = light M24 10a6 6 0 1 1 12 0a6 6 0 1 1-12 0z; body M7 42C7 8 53 8 53 42z; dark M8 40h44a3 3 0 0 1 3 3v7a3 3 0 0 1-3 3h-44a3 3 0 0 1-3-3v-7a3 3 0 0 1 3-3z
  glove = body M15 52V26c0-14 22-14 22 0v7c3-7 14-6 12 2-2 7-6 10-12 14v3z; dark M16 48h20a3 3 0 0 1 3 3v3a3 3 0 0 1-3 3h-20a3 3 0 0 1-3-3v-3a3 3 0 0 1 3-3z
  slipper = body M3 46c0-11 2-20 7-22 4 9 12 9 18 4l14 12c9 2 15 4 15 12z; dark M6 48h48a3 3 0 0 1 3 3v2a3 3 0 0 1-3 3h-48a3 3 0 0 1-3-3v-2a3 3 0 0 1 3-3z
  shirt|jumper|jacket|layer = body M20 5 3 16l7 15 7-3v29h26V28l7 3 7-15L40 5c-4 8-16 8-20 0z; dark M20 5c4 8 16 8 20 0l-4-2c-2 5-10 5-12 0z
  umbrella|poncho = line M30 26v24a6 6 0 0 0 12 0; body M3 33C5 0 55 0 57 33c-5-6-13-6-18 0-4-6-14-6-18 0-5-6-13-6-18 0z; dark M21 33C22 18 26 10 30 8c4 2 8 10 9 25-4-6-14-6-18 0z
  suitcase|case = line M21 16V6h18v10; body M10 15h40a3 3 0 0 1 3 3v35a3 3 0 0 1-3 3h-40a3 3 0 0 1-3-3v-35a3 3 0 0 1 3-3z; dark M16 15h4v41h-4zM40 15h4v41h-4z
  day-pack = line M23 9V4h14v5; body M12 23a18 18 0 0 1 36 0v30a4 4 0 0 1-4 4H16a4 4 0 0 1-4-4z; dark M21 33h18a3 3 0 0 1 3 3v12a3 3 0 0 1-3 3h-18a3 3 0 0 1-3-3v-12a3 3 0 0 1 3-3z; light M18 38h24v3H18z
  notebook|planner|paper|wallet|tag|cards = dark M17 8h32a3 3 0 0 1 3 3v44a3 3 0 0 1-3 3h-32a3 3 0 0 1-3-3v-44a3 3 0 0 1 3-3z; body M12 3h32a3 3 0 0 1 3 3v44a3 3 0 0 1-3 3h-32a3 3 0 0 1-3-3v-44a3 3 0 0 1 3-3z; light M17 13h22v3H17zM17 21h22v3H17zM17 29h14v3H17z
  tent = body M30 5 2 55h56z; dark M30 25 17 55h26z; light M29 5h2v20h-2z
  hammock = line M2 12c6 6 8 8 10 12M58 12c-6 6-8 8-10 12; body M9 20c10 18 32 18 42 0 2 36-44 36-42 0z; light M11 32c10 12 28 12 38 0l-1 4c-10 11-26 11-36 0z
  pen|pencil|poles = body M44 5l11 11-32 32-11-11z; metal M12 37l11 11-17 6z; dark M44 5l3-3 11 11-3 3z
  microphone = line M11 26v3a19 19 0 0 0 38 0v-3M30 48v8M19 57h22; body M19 14a11 11 0 0 1 22 0v15a11 11 0 0 1-22 0z; dark M19 21h22v4H19z
  headphone|earbuds = cord M9 40V30a21 21 0 0 1 42 0v10; dark M6 33h7a3 3 0 0 1 3 3v16a3 3 0 0 1-3 3h-7a3 3 0 0 1-3-3v-16a3 3 0 0 1 3-3zM47 33h7a3 3 0 0 1 3 3v16a3 3 0 0 1-3 3h-7a3 3 0 0 1-3-3v-16a3 3 0 0 1 3-3z
  speaker|soundbar = body M14 2h32a3 3 0 0 1 3 3v50a3 3 0 0 1-3 3h-32a3 3 0 0 1-3-3v-50a3 3 0 0 1 3-3z; dark M17 38a13 13 0 1 1 26 0a13 13 0 1 1-26 0z; light M25 38a5 5 0 1 1 10 0a5 5 0 1 1-10 0z; dark M24 14a6 6 0 1 1 12 0a6 6 0 1 1-12 0z
  brush = body M7 20h46a3 3 0 0 1 3 3v6a3 3 0 0 1-3 3h-46a3 3 0 0 1-3-3v-6a3 3 0 0 1 3-3z; dark M8 32h44v8H8z; line M12 40v7M20 40v7M28 40v7M36 40v7M44 40v7
  jigsaw|puzzle = body M8 18h14a8 8 0 1 1 15 0h13v13a8 8 0 1 0 0 14v11H8z; light M15 46h20v3H15z
  kite = line M30 44c-8 4 6 8-4 14; body M30 2 50 22 30 46 10 22z; dark M30 2 50 22H30zM10 22h20v24z
  blocks = body M7 32h20a3 3 0 0 1 3 3v19a3 3 0 0 1-3 3h-20a3 3 0 0 1-3-3v-19a3 3 0 0 1 3-3z; dark M34 32h20a3 3 0 0 1 3 3v19a3 3 0 0 1-3 3h-20a3 3 0 0 1-3-3v-19a3 3 0 0 1 3-3z; warm M20 6h20a3 3 0 0 1 3 3v19a3 3 0 0 1-3 3h-20a3 3 0 0 1-3-3v-19a3 3 0 0 1 3-3z
  spinning = line M30 4v16; body M8 22h44c0 10-12 16-22 34C20 38 8 32 8 22z; light M9 26h42l-2 5H11z
  balls = body M4 30a26 26 0 1 1 52 0a26 26 0 1 1-52 0z; light M9 15c14 8 14 22 0 30l-3-4c10-7 10-15 0-22zM51 15c-14 8-14 22 0 30l3-4c-10-7-10-15 0-22z
  bell = dark M24 50a6 6 0 1 1 12 0a6 6 0 1 1-12 0z; body M8 46c8-7 3-38 22-38s14 31 22 38z; light M8 46l4-5h36l4 5z
  kettlebell = cord M20 26c-8-24 28-24 20 0; body M10 38a20 20 0 1 1 40 0a20 20 0 1 1-40 0z; light M22 38a8 8 0 1 1 16 0a8 8 0 1 1-16 0z
  goggles|mask = line M3 22c6-6 48-6 54 0; body M4 22h52v12c0 12-20 14-24 4h-4c-4 10-24 8-24-4z; dark M9 26h16v7c0 6-16 8-16 1zM35 26h16v8c0 7-16 5-16-1z
  pump = line M30 8v14M15 57h30; dark M17 4h26a3 3 0 0 1 3 3v1a3 3 0 0 1-3 3h-26a3 3 0 0 1-3-3v-1a3 3 0 0 1 3-3z; body M26 20h8a3 3 0 0 1 3 3v30a3 3 0 0 1-3 3h-8a3 3 0 0 1-3-3v-30a3 3 0 0 1 3-3z
  soap|shampoo = light M40 14a6 6 0 1 1 12 0a6 6 0 1 1-12 0zM30 8a4 4 0 1 1 8 0a4 4 0 1 1-8 0z; body M14 24h32a10 10 0 0 1 0 26H14a10 10 0 0 1 0-26z; dark M18 32h24v3H18zM22 39h16v3H22z
  . = body M30 4 54 16v28L30 57 6 44V16z; dark M30 29 54 16v28L30 57z; light m18 10 24 12v9l-5-3v-4L13 12.500z
`;

/** What a path is filled or drawn with; `body` is the product's own colour. */
export const TONES = ['body', 'dark', 'light', 'metal', 'warm', 'leaf', 'line', 'cord'] as const;
export type Tone = (typeof TONES)[number];
export type Shape = readonly (readonly [tone: Tone, path: string])[];

function partOf(text: string): readonly [Tone, string] {
  const [word = '', ...path] = text.trim().split(' ');
  const tone = TONES.find((known) => known === word);
  if (tone === undefined) throw new Error(`a drawing has no tone "${word}"`);
  return [tone, path.join(' ')];
}

const RULES = DRAWINGS.trim()
  .split('\n')
  .map((line): readonly [RegExp, Shape] => {
    const [words = '', paths = ''] = line.trim().split(' = ');
    return [new RegExp(words === '.' ? '' : `(?:^|-)(?:${words})(?:s|-|$)`), paths.split(';').map(partOf)];
  });

/** The drawing of a product, by the words of its id. */
export const shapeOf = (id: string): Shape => RULES.find(([words]) => words.test(id))?.[1] ?? [];
