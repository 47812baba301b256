import { itemsOf, type Department } from './department.ts';

export const outdoor: Department = {
  category: 'Outdoor',
  makers: ['Tarn', 'Fjellvind', 'Northing', 'Grey Heron'],
  closing: [
    'Tried out in Scotland in November.',
    'Repairs are free for as long as you own it.',
    'Weighs less than the excuse to stay at home.',
    'Recycled where it can be, strong where it must be.',
  ],
  items: itemsOf(`
    Day Pack | 8900 | wear | Twenty litres, a back that breathes, and a pocket for everything you need on the way.
    Two-Person Tent | 28900 | wear | Stands in four minutes with one pair of hands, and in any wind that you should be out in.
    Down Sleeping Bag | 21900 | size | Warm to minus five, packed to the size of a loaf.
    Sleeping Mat | 9900 | size | Eight centimetres of air and insulation between you and the roots.
    Camping Stove | 6490 | metal | Boils half a litre in under three minutes and folds into its own pot.
    Vacuum Flask | 3490 | colour | Tea at six in the morning, still tea at six in the evening.
    Water Bottle | 1990 | colour | Stainless steel, a wide neck, and no taste of yesterday.
    Headlamp | 4990 | colour | Four hundred lumens for the path, a red glow for the map.
    Trekking Poles | 7900 | size | Cork grips, three sections, and a lock that works in gloves.
    Rain Jacket | 15900 | wear | Three layers, taped seams and a hood that turns with your head.
    Merino Base Layer | 6900 | wear | Warm when wet, fresh on the third day.
    Hammock | 5490 | wear | Parachute cloth and straps that are gentle to the bark.
    Camp Mug | 1290 | colour | Enamel that chips with dignity.
    Pocket Knife | 3990 | wood | One good blade, one good lock, and a handle that fills the hand.
  `),
};

export const garden: Department = {
  category: 'Garden',
  makers: ['Old Orchard', 'Spade & Thyme', 'Aust'],
  closing: [
    'Made for people who garden in the rain.',
    'A good present for someone who has everything but tomatoes.',
    'Comes with a note on how to look after it.',
    'Built for more than one summer.',
  ],
  items: itemsOf(`
    Hand Trowel | 2290 | wood | A forged blade with depth marks, on a handle that does not turn in wet hands.
    Bypass Secateurs | 4490 | colour | Clean cuts up to two centimetres, and every part can be replaced.
    Watering Can | 3990 | metal | A long neck for the back of the border and a rose that rains softly.
    Digging Spade | 5990 | wood | A tread for the boot and a shaft that takes the weight of clay.
    Plant Pot | 1890 | size | Frost-proof terracotta that goes grey and beautiful with age.
    Raised Bed | 9900 | size | Untreated larch, dovetailed: knocks together with a mallet.
    Bird Feeder | 2790 | metal | Easy for tits, impossible for squirrels, quick to clean.
    Garden Gloves | 1690 | size | Goatskin palms and long cuffs against brambles.
    Seed Box | 2490 | wood | Twelve dividers, one for each month, and room for last year's hopes.
    Herb Planter | 3290 | wood | Fits a kitchen sill and drains into its own tray.
    Garden Twine | 890 | set | Waxed jute on a spool, with a cutter that stays sharp.
    Kneeling Pad | 1990 | wear | Thick enough for gravel, light enough to carry about all day.
    Compost Bin | 7490 | size | Turns kitchen scraps into soil in a season, without the smell.
    Insect Hotel | 2590 | wood | Rooms for mason bees, lacewings and whoever else will come.
  `),
};

export const travel: Department = {
  category: 'Travel',
  makers: ['Meridian', 'Gangway', 'Northing'],
  closing: [
    'Tried out on the night train to Lisbon.',
    'Two years of use left a patina and no complaints.',
    'Light enough to forget until you need it.',
    'Guaranteed for ten years, lost luggage aside.',
  ],
  items: itemsOf(`
    Cabin Suitcase | 18900 | colour | Four wheels that run straight and a shell that shrugs off conveyors.
    Weekend Bag | 12900 | wear | Waxed canvas and bridle leather, with a shoe pocket on the outside.
    Packing Cubes | 2990 | set | Light mesh boxes that turn a suitcase into a chest of drawers.
    Passport Wallet | 4490 | wear | Room for two passports, four cards and the boarding pass nobody prints any more.
    Neck Pillow | 2990 | wear | Memory foam with a collar, so that your head stays yours.
    Sleep Mask | 1490 | wear | Silk, shaped to leave the eyelids free.
    Luggage Tag | 1190 | wear | A flap that keeps your address to yourself.
    Travel Adapter | 3490 | colour | A hundred and fifty countries, three USB ports and one fuse.
    Folding Umbrella | 3490 | colour | Opens with a sound of confidence and survives being turned inside out.
    Laundry Bag | 1290 | wear | Keeps the worn from the clean, and washes with the worn.
    Compression Socks | 1890 | size | For eleven hours in seat 34B.
    Travel Towel | 2190 | wear | Packs to the size of a fist and is dry again by breakfast.
    Document Case | 5900 | wear | Everything for a border or a bank, in one zip.
    Money Belt | 1690 | size | Flat, soft, and invisible under a shirt.
  `),
};

export const clothing: Department = {
  category: 'Clothing',
  makers: ['Aran Street', 'Lund', 'Heathwork'],
  closing: [
    'Made in Portugal, in a family workshop.',
    'Repaired free of charge for three years.',
    'Organic where it grows, fair where it is sewn.',
    'Wash cold, dry in the shade, wear often.',
  ],
  items: itemsOf(`
    Merino Jumper | 9900 | wear | A fine knit that goes under a jacket and over everything else.
    Fisherman's Beanie | 2990 | wear | Ribbed, deep, and right in all weathers from October on.
    Wool Scarf | 4990 | wear | Two metres of lambswool with a hand-rolled fringe.
    Oxford Shirt | 7900 | wear | Heavy cotton that gets better with washing and needs no iron to look honest.
    Heavy T-Shirt | 3490 | wear | Two hundred and forty grams, a collar that keeps its shape.
    Work Jacket | 14900 | wear | Moleskin with four pockets, each deep enough for a paperback.
    Walking Socks | 1590 | wear | Padded where boots rub, thin where they do not.
    Leather Belt | 5490 | wear | Full-grain bridle leather and a solid buckle; one for the next twenty years.
    Linen Trousers | 8900 | wear | Loose, cool, and only as creased as linen should be.
    Rain Poncho | 4590 | wear | Covers you and your pack, and rolls into its own pocket.
    Knitted Gloves | 2490 | wear | Merino, with fingertips that work a telephone.
    Flannel Pyjamas | 6900 | wear | Brushed on both sides, for Sundays that last until noon.
    Canvas Apron | 3990 | wear | Crossed straps that take the weight off the neck.
    Slippers | 5900 | wear | Felted wool on a rubber sole: to the letterbox and back.
  `),
};
