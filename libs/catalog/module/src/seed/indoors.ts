import { itemsOf, type Department } from './department.ts';

export const kitchen: Department = {
  category: 'Kitchen',
  makers: ['Halden', 'Castell', 'Norrby', 'Brevik & Sons'],
  closing: [
    'Wash by hand, dry, and it will outlast the kitchen.',
    'Comes in a box that is worth keeping.',
    'Chosen by cooks who wash up themselves.',
    'Right for a first flat, and for the last one.',
  ],
  items: itemsOf(`
    Cast-Iron Skillet | 4990 | size | Holds heat evenly, browns what you put in it, and goes from hob to oven.
    Enamel Stockpot | 6900 | colour | Deep enough for a whole chicken or a week of soup, with handles that fit a gloved hand.
    Chef's Knife | 7900 | wood | A thin, hard blade of forged steel that keeps its edge through a season of onions.
    Bread Knife | 4500 | wood | Long, offset teeth that saw through a dark crust without tearing the crumb.
    Pour-Over Kettle | 5490 | metal | A narrow, steady spout and a thermometer in the lid: coffee without guessing.
    Stoneware Mug | 1490 | colour | Thick enough to keep tea warm, thin enough at the rim to drink from with pleasure.
    Pasta Bowl | 1690 | set | Wide, shallow, glazed by hand: no two rims are quite the same.
    Chopping Board | 3900 | wood | End grain that is kind to knives, with a groove that catches the juice.
    Salt and Pepper Mill | 3290 | wood | A ceramic grinder that does not rust, from fine as dust to coarse as gravel.
    Hand Whisk | 1250 | metal | Eleven springy wires that lift egg white in about two minutes.
    Baking Dish | 2990 | colour | For lasagne, gratin or crumble, from the freezer straight into the oven.
    Mixing Bowl | 1990 | size | A rubber foot that stays where it is and a spout that does not drip.
    Linen Tea Towel | 1190 | set | Woven from European flax; dries glasses without leaving lint.
    Storage Jar | 1350 | size | Borosilicate glass and a cork lid that closes with a sigh.
  `),
};

export const home: Department = {
  category: 'Home',
  makers: ['Fern & Field', 'Lumen', 'Aust', 'Kvist'],
  closing: [
    'Made to order in small batches.',
    'Ten years of guarantee.',
    'Designed to be repaired, not replaced.',
    'Packed without plastic.',
  ],
  items: itemsOf(`
    Reading Lamp | 8900 | metal | A shade that turns in every direction and a warm light that dims down to candle level.
    Wool Throw | 7490 | wear | Lambswool, brushed on both sides; large enough for two on one sofa.
    Cushion Cover | 2490 | colour | Heavy linen that softens with every wash, with a hidden zip.
    Wall Clock | 4590 | wood | A silent sweeping hand and numerals that can be read across a room.
    Bookend | 1990 | metal | Holds a metre of books upright with nothing but its own weight.
    Side Table | 12900 | wood | A round top and three legs: it does not wobble, wherever you put it.
    Wardrobe Hook | 1290 | metal | Solid, rounded, friendly to coats; screws and plugs included.
    Floor Vase | 5900 | colour | Stands tall enough for branches, and does not need flowers to look finished.
    Laundry Basket | 3990 | size | Woven from seagrass by hand, with a cotton lining that comes out for washing.
    Door Mat | 2790 | size | Coconut fibre that scrapes off the street and keeps its shape for years.
    Picture Frame | 1890 | wood | Real glass, a real mitre, and a stand that works both ways up.
    Bed Linen | 8990 | wear | Washed percale, crisp at first and softer every week.
    Candle Holder | 1590 | set | Cast in sand, so that each one keeps a little of its mould.
    Folding Stool | 4490 | wood | Carries a grown-up, folds flat, and hangs on a nail.
  `),
};

export const bath: Department = {
  category: 'Bath',
  makers: ['Saltwerk', 'Juniper Row', 'Mild'],
  closing: [
    'Made in small batches.',
    'Tested on the people who make it.',
    'Packed in card, sealed with paper.',
    'A present that gets used up, or used daily.',
  ],
  items: itemsOf(`
    Bar Soap | 690 | scent | Cold-pressed and cured for six weeks, so it lasts twice as long as it looks.
    Hand Cream | 1290 | scent | Shea and oat oil; gone in a minute, felt for an afternoon.
    Shampoo Bar | 990 | scent | As much washing as two bottles, in something the size of a biscuit.
    Bath Salts | 1490 | scent | Coarse crystals from an Atlantic salt pan that still does it the slow way.
    Body Oil | 2290 | scent | Almond, jojoba and nothing that you would need a dictionary for.
    Scented Candle | 2490 | scent | Rapeseed wax and a cotton wick: forty quiet hours.
    Bath Towel | 2990 | wear | Six hundred grams of long-staple cotton to the square metre.
    Waffle Hand Towel | 1390 | wear | Dries fast, hangs well, takes up little of the drawer.
    Bath Mat | 2490 | wear | Thick loops on top, a grip below.
    Shaving Brush | 3490 | wood | Soft synthetic bristles that raise a lather in seconds and dry by noon.
    Safety Razor | 3990 | metal | Heavy enough to do the work by itself; takes every standard blade.
    Soap Dish | 1190 | wood | Slatted, so that soap dries between showers.
    Hair Brush | 2290 | wood | Boar and nylon bristles on a cushion that gives.
    Wash Bag | 2990 | wear | Waxed canvas outside, wipe-clean inside, and a hook to hang it by.
  `),
};

export const desk: Department = {
  category: 'Desk',
  makers: ['Marginalia', 'Ink & Ore', 'Postwerk'],
  closing: [
    'Made within a hundred kilometres of our warehouse.',
    'Arrives plastic free.',
    'The kind of thing that people borrow and do not return.',
    'Ages well, which is more than can be said of email.',
  ],
  items: itemsOf(`
    Dotted Notebook | 1590 | colour | Opens flat, numbers its own pages, and takes a fountain pen without bleeding.
    Fountain Pen | 4900 | metal | A steel nib that writes at once, even after a month in a drawer.
    Ballpoint Pen | 1990 | metal | Turned from one piece; a click that you will play with in meetings.
    Pencil | 890 | set | Cedar, six-sided, soft enough to be dark and hard enough to last.
    Desk Tray | 3490 | wood | Stacks, slides, and hides the mail that can wait.
    Pen Cup | 1790 | wood | Heavy at the bottom, so that scissors do not topple it.
    Week Planner | 1290 | colour | Fifty-two sheets without dates: skip a holiday and waste no paper.
    Letter Paper | 1690 | colour | Fifty sheets with a deckle edge, and envelopes lined by hand.
    Brass Ruler | 1490 | metal | Engraved marks that do not rub off, and an edge to cut along.
    Desk Lamp | 9900 | metal | An arm that stays exactly where you leave it.
    Paper Knife | 1990 | wood | For letters, parcels, and the pages of old French novels.
    Desk Pad | 3990 | wear | Wool felt that quiets a keyboard and warms the wrists.
    Tape Dispenser | 2490 | metal | Works with one hand because it weighs nearly a kilogram.
    Cable Tidy | 990 | set | Leather loops with a press stud that end the tangle.
  `),
};
