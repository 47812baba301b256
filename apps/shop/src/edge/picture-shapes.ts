/** What a path of a picture is filled or drawn with; `body` is the product's own colour. */
export type Tone = 'body' | 'dark' | 'light' | 'metal' | 'warm' | 'leaf' | 'line' | 'cord';

/** Paths in a 60 × 60 box, the hindmost first. */
export type Shape = readonly (readonly [tone: Tone, path: string])[];

const disc = (x: number, y: number, r: number): string =>
  `M${x - r} ${y}a${r} ${r} 0 1 1 ${2 * r} 0a${r} ${r} 0 1 1-${2 * r} 0z`;
const block = (x: number, y: number, w: number, h: number): string =>
  `M${x + 3} ${y}h${w - 6}a3 3 0 0 1 3 3v${h - 6}a3 3 0 0 1-3 3h-${w - 6}a3 3 0 0 1-3-3v-${h - 6}a3 3 0 0 1 3-3z`;

const book: Shape = [
  ['light', 'M15 50h32v7H15z'],
  ['body', 'M14 3h30a4 4 0 0 1 4 4v44H16a4 4 0 0 0 0 6h32v1H16a6 6 0 0 1-6-6V7a4 4 0 0 1 4-4z'],
  ['dark', 'M10 7a4 4 0 0 1 4-4h3v48h-1c-3 0-6 1-6 3z'],
  ['light', 'M24 13h17v3H24zM24 20h11v3H24z'],
];
const parcel: Shape = [
  ['body', 'M30 4 54 16v28L30 57 6 44V16z'],
  ['dark', 'M30 29 54 16v28L30 57z'],
  ['light', 'm18 10 24 12v9l-5-3v-4L13 12.500z'],
];
const dice: Shape = [
  ['body', block(6, 6, 48, 48)],
  [
    'light',
    [disc(18, 18, 4.5), disc(42, 18, 4.5), disc(30, 30, 4.5), disc(18, 42, 4.5), disc(42, 42, 4.5)].join(''),
  ],
];

/** By words of a product's id, the first that fits: narrower words before wider ones. */
const SHAPES: readonly (readonly [words: string, shape: Shape])[] = [
  ['chess|dominoes|backgammon|masters|club|garden-game|railway|orchard-game|marble|word', dice],
  ['paperback|hardback|print|copy|pocket-edition|boxed-edition', book],
  [
    'pen-cup|cable-tidy|tape',
    [
      ['line', 'M22 30V8M30 30V4M38 30V12'],
      ['body', 'M13 26h34l-3 28a3 3 0 0 1-3 3H19a3 3 0 0 1-3-3z'],
      ['dark', 'M13 26h34l-.6 6H13.600z'],
    ],
  ],
  [
    'speaker-cable|rope|belt|bands|twine',
    [
      ['cord', disc(30, 30, 22)],
      ['cord', disc(30, 30, 12)],
      ['line', 'M8 30c0 12 2 20 10 26'],
    ],
  ],
  [
    'headlamp|bicycle-light',
    [
      ['cord', 'M6 20c8-12 40-12 48 0'],
      ['body', block(14, 18, 32, 28)],
      ['warm', disc(30, 32, 9)],
    ],
  ],
  [
    'lamp',
    [
      ['line', 'M30 52V30'],
      ['dark', block(16, 51, 28, 6)],
      ['warm', 'M25 32h10l-1 5h-8z'],
      ['body', 'M20 6h20l9 27H11z'],
    ],
  ],
  [
    'candle',
    [
      ['warm', 'M30 3c5 6 6 9 6 11a6 6 0 0 1-12 0c0-2 1-5 6-11z'],
      ['line', 'M30 24v-4'],
      ['body', block(18, 23, 24, 34)],
      ['light', 'M18 34h24v9H18z'],
    ],
  ],
  [
    'mug',
    [
      ['line', 'M42 22h5a8 8 0 0 1 0 17h-5'],
      ['body', 'M8 12h34v34a8 8 0 0 1-8 8H16a8 8 0 0 1-8-8z'],
      ['dark', 'M8 12h34v6H8z'],
    ],
  ],
  [
    'stockpot|dish|stove',
    [
      ['line', 'M8 31H3M52 31h5'],
      ['body', 'M8 22h44v24a8 8 0 0 1-8 8H16a8 8 0 0 1-8-8z'],
      ['dark', 'M6 16h48v7H6zM26 9h8v7h-8z'],
    ],
  ],
  [
    'skillet',
    [
      ['dark', 'M37 21 54 4l4 4-17 17z'],
      ['body', disc(25, 35, 21)],
      ['dark', disc(25, 35, 16)],
      ['body', disc(25, 35, 14)],
    ],
  ],
  [
    'bowl',
    [
      ['dark', 'M20 50h20v6H20z'],
      ['body', 'M4 22h52c0 19-11 30-26 30S4 41 4 22z'],
      ['light', 'M4 22h52l-.6 6H4.600z'],
    ],
  ],
  [
    'kettle',
    [
      ['line', 'M18 22C14 5 46 5 42 22M46 36c7 0 4-12 11-15'],
      ['body', 'M15 24h30l6 30H9z'],
      ['dark', 'M24 16h12l5 8H19z'],
    ],
  ],
  [
    'watering',
    [
      ['line', 'M40 46 53 23M48 20l9 5M16 24C16 6 38 6 38 24'],
      ['body', block(10, 23, 31, 33)],
      ['dark', 'M10 33h31v5H10z'],
    ],
  ],
  [
    'knife|knives',
    [
      ['metal', 'M26 2c9 9 12 23 11 36H26z'],
      ['body', block(24, 37, 15, 21)],
      ['light', disc(31.5, 43, 1.6) + disc(31.5, 51, 1.6)],
    ],
  ],
  [
    'whisk|hair-brush|shaving-brush',
    [
      ['body', block(26, 30, 8, 28)],
      ['metal', 'M14 4h32c0 16-4 28-12 28h-8C18 32 14 20 14 4z'],
      ['line', 'M22 6c0 10 2 20 5 24M38 6c0 10-2 20-5 24M30 6v24'],
    ],
  ],
  [
    'razor',
    [
      ['metal', block(12, 5, 36, 12)],
      ['body', block(26, 17, 8, 41)],
      ['dark', 'M26 24h8v4h-8zM26 32h8v4h-8z'],
    ],
  ],
  [
    'board|ruler|tray',
    [
      ['body', block(10, 4, 40, 52)],
      ['dark', disc(30, 12, 3)],
      ['light', 'M16 22h3v26h-3zM28 22h3v26h-3zM40 22h3v26h-3z'],
    ],
  ],
  [
    'mill',
    [
      ['dark', disc(30, 8, 5)],
      ['body', 'M20 14h20c0 10-4 12-4 18s6 12 6 24H18c0-12 6-18 6-24s-4-8-4-18z'],
      ['light', 'M23 30h14v4H23z'],
    ],
  ],
  [
    'jar|salts|chalk',
    [
      ['metal', 'M14 18h32v33a6 6 0 0 1-6 6H20a6 6 0 0 1-6-6z'],
      ['body', 'M14 32h32v19a6 6 0 0 1-6 6H20a6 6 0 0 1-6-6z'],
      ['dark', block(16, 7, 28, 11)],
    ],
  ],
  [
    'flask|bottle|oil|cream',
    [
      ['dark', block(23, 2, 14, 11)],
      ['body', 'M19 24c0-6 5-7 5-12h12c0 5 5 6 5 12v28a5 5 0 0 1-5 5H24a5 5 0 0 1-5-5z'],
      ['light', 'M19 30h22v13H19z'],
    ],
  ],
  [
    'cushion|pillow|kneeling',
    [
      ['body', 'M8 14c15 4 29 4 44 0 4 12 4 21 0 33-15-4-29-4-44 0-4-12-4-21 0-33z'],
      ['light', 'M14 20c11 2 21 2 32 0l.6 3c-12 2-21 2-33 0zM14 41c11-2 21-2 32 0l.6-3c-12-2-21-2-33 0z'],
    ],
  ],
  [
    'sleeping-bag|sleeping-mat|yoga|roller',
    [
      ['body', 'M15 16h32a13 13 0 0 1 0 28H15z'],
      ['dark', disc(16, 30, 14)],
      ['body', disc(16, 30, 9)],
      ['dark', disc(16, 30, 4)],
      ['light', 'M38 16h4v28h-4z'],
    ],
  ],
  [
    'turntable-mat|record-player|preamplifier|radio',
    [
      ['body', block(3, 8, 54, 44)],
      ['dark', disc(25, 30, 17)],
      ['light', disc(25, 30, 6)],
      ['line', 'M49 14v18l-8 8'],
    ],
  ],
  [
    'towel|throw|linen-set|bed-linen|door-mat|bath-mat|scarf|pad',
    [
      ['body', 'M6 41h42a7 7 0 0 1 0 14H6z'],
      ['light', 'M8 26h40a7 7 0 0 1 0 14H8z'],
      ['dark', 'M6 11h42a7 7 0 0 1 0 14H6z'],
    ],
  ],
  [
    'table-tennis',
    [
      ['dark', 'M34 34 52 52l-6 6-18-18z'],
      ['body', disc(25, 25, 20)],
      ['light', disc(50, 14, 6)],
    ],
  ],
  [
    'table|stool|raised',
    [
      ['line', 'M14 23 9 56M46 23l5 33M14 40h32'],
      ['body', block(4, 14, 52, 10)],
    ],
  ],
  [
    'clock|metronome',
    [
      ['body', disc(30, 30, 27)],
      ['light', disc(30, 30, 21)],
      ['line', 'M30 16v14l9 6'],
    ],
  ],
  [
    'frame-bag|weekend-bag|laundry-bag|wash-bag|cubes',
    [
      ['line', 'M20 24v-7a10 10 0 0 1 20 0v7'],
      ['body', 'M9 22h42l4 31a3 3 0 0 1-3 4H8a3 3 0 0 1-3-4z'],
      ['dark', 'M8 31h44l1 6H7z'],
    ],
  ],
  [
    'picture',
    [
      ['body', block(5, 7, 50, 46)],
      ['light', 'M12 14h36v32H12z'],
      ['leaf', 'm12 46 11-16 8 9 7-8 10 15z'],
      ['warm', disc(39, 22, 4)],
    ],
  ],
  [
    'basket|bin',
    [
      ['body', 'M7 16h46l-6 38a3 3 0 0 1-3 3H16a3 3 0 0 1-3-3z'],
      ['dark', 'M5 13h50v7H5z'],
      ['line', 'M13 32h34M15 44h30'],
    ],
  ],
  [
    'plant|herb|seed|vase',
    [
      ['leaf', 'M30 35C30 20 21 10 6 10c0 15 9 25 24 25zM30 33c0-11 9-20 24-20 0 13-9 20-24 20z'],
      ['body', 'M15 34h30l-4 23H19z'],
      ['dark', 'M13 32h34v6H13z'],
    ],
  ],
  [
    'feeder|insect',
    [
      ['body', 'M11 24h38v33H11z'],
      ['dark', disc(30, 38, 7)],
      ['dark', 'M30 3 57 28H3z'],
    ],
  ],
  [
    'spade|trowel|secateurs',
    [
      ['dark', block(20, 2, 20, 6)],
      ['body', 'M27 7h6v28h-6z'],
      ['metal', 'M17 32h26v10c0 8-7 12-13 16-6-4-13-8-13-16z'],
    ],
  ],
  [
    'apron',
    [
      ['line', 'M22 8c2-8 14-8 16 0'],
      ['body', 'M20 7h20l2 15c6 1 10 4 10 8v27H8V30c0-4 4-7 10-8z'],
      ['dark', 'M19 34h22v13H19z'],
    ],
  ],
  [
    'trousers|pyjamas',
    [
      ['body', 'M14 4h32l5 53H36l-6-32-6 32H9z'],
      ['dark', 'M14 4h32l.7 7H13.400z'],
    ],
  ],
  [
    'sock',
    [
      ['body', 'M19 4h19v28l11 9c7 7 1 16-8 16-4 0-8-2-11-5L19 40z'],
      ['dark', 'M19 4h19v8H19z'],
      ['light', 'M19 15h19v3H19z'],
    ],
  ],
  [
    'beanie',
    [
      ['light', disc(30, 10, 6)],
      ['body', 'M7 42C7 8 53 8 53 42z'],
      ['dark', block(5, 40, 50, 13)],
    ],
  ],
  [
    'glove',
    [
      ['body', 'M15 52V26c0-14 22-14 22 0v7c3-7 14-6 12 2-2 7-6 10-12 14v3z'],
      ['dark', block(13, 48, 26, 9)],
    ],
  ],
  [
    'slipper',
    [
      ['body', 'M3 46c0-11 2-20 7-22 4 9 12 9 18 4l14 12c9 2 15 4 15 12z'],
      ['dark', block(3, 48, 54, 8)],
    ],
  ],
  [
    'shirt|jumper|jacket|layer',
    [
      ['body', 'M20 5 3 16l7 15 7-3v29h26V28l7 3 7-15L40 5c-4 8-16 8-20 0z'],
      ['dark', 'M20 5c4 8 16 8 20 0l-4-2c-2 5-10 5-12 0z'],
    ],
  ],
  [
    'umbrella|poncho',
    [
      ['line', 'M30 26v24a6 6 0 0 0 12 0'],
      ['body', 'M3 33C5 0 55 0 57 33c-5-6-13-6-18 0-4-6-14-6-18 0-5-6-13-6-18 0z'],
      ['dark', 'M21 33C22 18 26 10 30 8c4 2 8 10 9 25-4-6-14-6-18 0z'],
    ],
  ],
  [
    'suitcase|case',
    [
      ['line', 'M21 16V6h18v10'],
      ['body', block(7, 15, 46, 41)],
      ['dark', 'M16 15h4v41h-4zM40 15h4v41h-4z'],
    ],
  ],
  [
    'day-pack',
    [
      ['line', 'M23 9V4h14v5'],
      ['body', 'M12 23a18 18 0 0 1 36 0v30a4 4 0 0 1-4 4H16a4 4 0 0 1-4-4z'],
      ['dark', block(18, 33, 24, 18)],
      ['light', 'M18 38h24v3H18z'],
    ],
  ],
  [
    'notebook|planner|paper|wallet|tag|cards',
    [
      ['dark', block(14, 8, 38, 50)],
      ['body', block(9, 3, 38, 50)],
      ['light', 'M17 13h22v3H17zM17 21h22v3H17zM17 29h14v3H17z'],
    ],
  ],
  [
    'tent',
    [
      ['body', 'M30 5 2 55h56z'],
      ['dark', 'M30 25 17 55h26z'],
      ['light', 'M29 5h2v20h-2z'],
    ],
  ],
  [
    'hammock',
    [
      ['line', 'M2 12c6 6 8 8 10 12M58 12c-6 6-8 8-10 12'],
      ['body', 'M9 20c10 18 32 18 42 0 2 36-44 36-42 0z'],
      ['light', 'M11 32c10 12 28 12 38 0l-1 4c-10 11-26 11-36 0z'],
    ],
  ],
  [
    'pen|pencil|poles',
    [
      ['body', 'M44 5l11 11-32 32-11-11z'],
      ['metal', 'M12 37l11 11-17 6z'],
      ['dark', 'M44 5l3-3 11 11-3 3z'],
    ],
  ],
  [
    'microphone',
    [
      ['line', 'M11 26v3a19 19 0 0 0 38 0v-3M30 48v8M19 57h22'],
      ['body', 'M19 14a11 11 0 0 1 22 0v15a11 11 0 0 1-22 0z'],
      ['dark', 'M19 21h22v4H19z'],
    ],
  ],
  [
    'headphone|earbuds',
    [
      ['cord', 'M9 40V30a21 21 0 0 1 42 0v10'],
      ['dark', block(3, 33, 13, 22) + block(44, 33, 13, 22)],
    ],
  ],
  [
    'speaker|soundbar',
    [
      ['body', block(11, 2, 38, 56)],
      ['dark', disc(30, 38, 13)],
      ['light', disc(30, 38, 5)],
      ['dark', disc(30, 14, 6)],
    ],
  ],
  [
    'brush',
    [
      ['body', block(4, 20, 52, 12)],
      ['dark', 'M8 32h44v8H8z'],
      ['line', 'M12 40v7M20 40v7M28 40v7M36 40v7M44 40v7'],
    ],
  ],
  [
    'jigsaw|puzzle',
    [
      ['body', 'M8 18h14a8 8 0 1 1 15 0h13v13a8 8 0 1 0 0 14v11H8z'],
      ['light', 'M15 46h20v3H15z'],
    ],
  ],
  [
    'kite',
    [
      ['line', 'M30 44c-8 4 6 8-4 14'],
      ['body', 'M30 2 50 22 30 46 10 22z'],
      ['dark', 'M30 2 50 22H30zM10 22h20v24z'],
    ],
  ],
  [
    'blocks',
    [
      ['body', block(4, 32, 26, 25)],
      ['dark', block(31, 32, 26, 25)],
      ['warm', block(17, 6, 26, 25)],
    ],
  ],
  [
    'spinning',
    [
      ['line', 'M30 4v16'],
      ['body', 'M8 22h44c0 10-12 16-22 34C20 38 8 32 8 22z'],
      ['light', 'M9 26h42l-2 5H11z'],
    ],
  ],
  [
    'balls',
    [
      ['body', disc(30, 30, 26)],
      ['light', 'M9 15c14 8 14 22 0 30l-3-4c10-7 10-15 0-22zM51 15c-14 8-14 22 0 30l3-4c-10-7-10-15 0-22z'],
    ],
  ],
  [
    'bell',
    [
      ['dark', disc(30, 50, 6)],
      ['body', 'M8 46c8-7 3-38 22-38s14 31 22 38z'],
      ['light', 'M8 46l4-5h36l4 5z'],
    ],
  ],
  [
    'kettlebell',
    [
      ['cord', 'M20 26c-8-24 28-24 20 0'],
      ['body', disc(30, 38, 20)],
      ['light', disc(30, 38, 8)],
    ],
  ],
  [
    'goggles|mask',
    [
      ['line', 'M3 22c6-6 48-6 54 0'],
      ['body', 'M4 22h52v12c0 12-20 14-24 4h-4c-4 10-24 8-24-4z'],
      ['dark', 'M9 26h16v7c0 6-16 8-16 1zM35 26h16v8c0 7-16 5-16-1z'],
    ],
  ],
  [
    'pump',
    [
      ['line', 'M30 8v14M15 57h30'],
      ['dark', block(14, 4, 32, 7)],
      ['body', block(23, 20, 14, 36)],
    ],
  ],
  [
    'soap|shampoo',
    [
      ['light', disc(46, 14, 6) + disc(34, 8, 4)],
      ['body', 'M14 24h32a10 10 0 0 1 0 26H14a10 10 0 0 1 0-26z'],
      ['dark', 'M18 32h24v3H18zM22 39h16v3H22z'],
    ],
  ],
];

const RULES = SHAPES.map(([words, shape]) => [new RegExp(`(?:^|-)(?:${words})(?:s|-|$)`), shape] as const);

/** The outline of a product: by the words of its id, a parcel when none is known. */
export const shapeOf = (id: string): Shape => RULES.find(([words]) => words.test(id))?.[1] ?? parcel;
