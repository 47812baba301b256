/** One way in which an item is made, and what it does to the price. */
export interface Variant {
  readonly label: string;
  readonly factor: number;
}

/** One thing that a shop sells, in several variants. */
export interface Item {
  readonly name: string;
  /** Of a plain variant. */
  readonly priceCents: number;
  readonly variants: readonly Variant[];
  /** One or two sentences. */
  readonly text: string;
}

export interface Department {
  readonly category: string;
  /** Makers; an item keeps the one that is drawn for it. Empty for things that need none, such as books. */
  readonly makers: readonly string[];
  /** Last sentences of descriptions. */
  readonly closing: readonly string[];
  readonly items: readonly Item[];
}

const plain = (...labels: string[]): readonly Variant[] => labels.map((label) => ({ label, factor: 1 }));
const priced = (...pairs: (readonly [string, number])[]): readonly Variant[] =>
  pairs.map(([label, factor]) => ({ label, factor }));

const VARIANTS = {
  colour: plain('graphite', 'oat', 'sage green', 'brick red', 'midnight blue', 'mustard'),
  wood: priced(['oak', 1], ['walnut', 1.3], ['ash', 1], ['cherry', 1.2], ['beech', 0.9], ['maple', 1.1]),
  size: priced(
    ['small', 0.8],
    ['medium', 1],
    ['large', 1.3],
    ['extra large', 1.5],
    ['mini', 0.6],
    ['wide', 1.2],
  ),
  wear: plain('charcoal', 'moss', 'rust', 'navy', 'sand', 'plum'),
  book: priced(
    ['hardback', 1],
    ['paperback', 0.6],
    ['large print', 1.1],
    ['signed copy', 1.8],
    ['pocket edition', 0.5],
    ['boxed edition', 2],
  ),
  set: priced(
    ['single', 0.4],
    ['set of two', 0.7],
    ['set of four', 1.2],
    ['set of six', 1.6],
    ['set of eight', 2],
    ['pair', 0.75],
  ),
  edition: priced(
    ['second edition', 1],
    ['travel edition', 0.7],
    ['deluxe edition', 1.6],
    ['family edition', 1.2],
    ['anniversary edition', 1.4],
    ['starter edition', 0.6],
  ),
  scent: plain('cedar', 'fig', 'sea salt', 'lavender', 'orange blossom', 'unscented'),
  metal: priced(
    ['brushed steel', 1],
    ['black', 1],
    ['brass', 1.3],
    ['copper', 1.4],
    ['white', 0.95],
    ['bronze', 1.25],
  ),
} as const satisfies Record<string, readonly Variant[]>;

/** Reads lines of `name | price in cents | kind of variants | text`. @throws Error naming a line it cannot read. */
export function itemsOf(lines: string): readonly Item[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', price = '', kind = '', text = ''] = line.split('|').map((part) => part.trim());
      const variants = Object.entries(VARIANTS).find(([known]) => known === kind)?.[1];
      if (!name || !/^\d+$/.test(price) || !variants || !text) throw new Error(`cannot read item "${line}"`);
      return { name, priceCents: Number(price), variants, text };
    });
}
