import { itemsOf, type Department } from './department.ts';

export const books: Department = {
  category: 'Books',
  makers: [],
  closing: [
    '248 pages, with an index that somebody wrote by hand.',
    '312 pages.',
    '196 pages and forty drawings.',
    'Sewn, so that it opens and stays open.',
  ],
  items: itemsOf(`
    The Slow Loaf | 2800 | book | Mara Linden on sourdough, patience and the eleven mistakes that everybody makes once.
    A Field Guide to Moss | 2490 | book | Peter Aldous kneels down and finds a forest.
    Small Boats, Wide Water | 2200 | book | Ines Carvalho rows from Porto to Galway and tells it without once mentioning courage.
    Night Sky for Beginners | 2690 | book | What to see with nothing but your eyes, month by month, by Jonas Feld.
    The Repair Shop at Home | 2990 | book | Ayla Demir mends zips, chairs, radios and a few habits.
    Letters from a Lighthouse | 1990 | book | A novel in sixty letters, one storm and a very reliable postman, by Una Kerrigan.
    The Quiet Accountant | 1890 | book | Tomas Rehn's third case: the numbers are right, and that is the problem.
    Soup, Mostly | 3200 | book | Ninety recipes by Claire Obi, arranged by how tired you are.
    How Bridges Stand | 2590 | book | Ravi Menon explains load, span and the pleasure of a good arch.
    The Cartographer's Daughter | 2100 | book | A house full of maps and one blank sheet, by Elena Sorokina.
    Walking the Baltic | 2390 | book | Nils Overgaard goes round a sea on foot, and is changed by sandwiches.
    Birds of the City | 2490 | book | A hundred species between the station and the river, drawn by Hanne Vik.
    A Short History of Tea | 1990 | book | Leaves, clippers, taxes and kettles, by Samuel Achebe.
    The Last Orchard | 2290 | book | Three sisters, one inheritance and two hundred kinds of apple, by Grace Whitcombe.
  `),
};

export const audio: Department = {
  category: 'Audio',
  makers: ['Tonbridge', 'Klang', 'Ostinato'],
  closing: [
    'Three years of guarantee, and a service address with people in it.',
    'Every wearing part can be bought and changed.',
    'Listened to for a month before we took it on.',
  ],
  items: itemsOf(`
    Over-Ear Headphones | 24900 | colour | Closed, comfortable for a whole flight, and honest about the bass.
    Wireless Earbuds | 12900 | colour | Seven hours by themselves, thirty with the case, and a fit that survives running.
    Bookshelf Speakers | 39900 | wood | A pair that fills a living room and still whispers well.
    Portable Speaker | 8900 | colour | Survives the bath, floats, and plays for sixteen hours.
    Record Player | 34900 | wood | Belt driven, with an arm that lifts itself at the end of the side.
    Kitchen Radio | 14900 | wood | One dial, one good speaker, and FM as well as the internet.
    Studio Microphone | 17900 | metal | For voices: warm, close, and deaf to the street.
    Headphone Stand | 3490 | wood | Keeps the cushions in shape and the cable off the floor.
    Record Brush | 1990 | wood | Carbon and velvet: dust off, static gone.
    Phono Preamplifier | 11900 | metal | Adds gain and nothing else.
    Soundbar | 27900 | colour | Makes dialogue clear at a volume that lets the house sleep.
    Metronome | 4590 | wood | Wound by hand, steady as a grandfather.
    Speaker Cable | 2490 | size | Oxygen-free copper with plugs that grip.
    Turntable Mat | 2290 | colour | Cork and rubber under your records: less hum, no slip.
  `),
};

export const games: Department = {
  category: 'Games',
  makers: ['Oak & Dice', 'Ludwig Nine', 'Rainy Sunday'],
  closing: [
    'No plastic in the box.',
    'For rainy Sundays, and for the other days too.',
    'Loved by testers from six to ninety-one.',
    'Fits in a drawer, a tent or a long evening.',
  ],
  items: itemsOf(`
    Harbour Masters | 3990 | edition | Load, trade and undercut your neighbours in a port with too few cranes.
    Chess Set | 6900 | wood | Weighted pieces with felt feet, on a board that folds into their box.
    The Orchard Game | 2490 | edition | Pick the fruit together before the raven comes: nobody loses alone.
    Backgammon | 7900 | wood | An inlaid board that closes with magnets, and dice cups that hush the dice.
    Mountain Railway | 4490 | edition | Lay track over a mountain that grows as you play.
    Jigsaw Puzzle of a Market | 2290 | size | A thousand details and somewhere a dog with a sausage.
    Playing Cards | 1290 | set | Linen finish, quiet faces, a box that survives pockets.
    Word Garden | 2690 | edition | Letters grow into words, and words cross into trouble.
    Dominoes | 3290 | wood | Heavy tiles with brass pins that click as they should.
    Marble Run | 5490 | size | Beech blocks, steel balls, and physics until bedtime.
    Detective Club | 3490 | edition | Twenty cases in sealed envelopes; one of you is lying.
    Wooden Building Blocks | 4990 | size | Two hundred pieces, one scale, no instructions.
    Kite | 3490 | colour | Flies in a breath of wind and comes down when asked.
    Spinning Top | 990 | wood | Turned by hand, balanced to spin for two minutes.
  `),
};

export const sport: Department = {
  category: 'Sport',
  makers: ['Stride', 'Velodrome', 'Pike & Paddle'],
  closing: [
    'Used by the club round the corner, who are hard on things.',
    'Replace the small parts, keep the rest.',
    'Light, but not at any price.',
    'Holds up to daily use.',
  ],
  items: itemsOf(`
    Yoga Mat | 5490 | colour | Natural rubber that grips dry and wet, and lies flat at once.
    Foam Roller | 2990 | colour | Firm enough to find what hurts.
    Resistance Bands | 1990 | set | Fabric, so that they neither roll nor pinch.
    Skipping Rope | 1690 | wood | Ball bearings in the handles and a rope cut to your height.
    Bicycle Bell | 1490 | metal | One clear note that carries round a corner.
    Bicycle Light | 4490 | colour | Seen from half a kilometre, charged from a laptop.
    Frame Bag | 5900 | wear | Sits in the triangle, closes against rain, rattles not at all.
    Floor Pump | 4990 | metal | A gauge that can be read standing up, a head for every valve.
    Swim Goggles | 2490 | colour | A soft seal, a wide view, no red rings.
    Tennis Balls | 990 | set | Lively for three sets and good enough for the dog for three years.
    Kettlebell | 4990 | size | Cast in one piece, with a handle that is kind to the palm.
    Running Belt | 2490 | wear | Telephone, key, two gels, no bounce.
    Climbing Chalk | 1290 | size | Fine, dry, and without whatever makes others smell.
    Table Tennis Bat | 3990 | wood | Five plies and a grippy rubber: spin for people who mean it.
  `),
};
