/**
 * A catalogue that reads like a shop's, the same for the same seed.
 */
import { bath, desk, home, kitchen } from './indoors.ts';
import { audio, books, games, sport } from './leisure.ts';
import { clothing, garden, outdoor, travel } from './outdoors.ts';
import type { Department, Item, Variant } from './department.ts';

const DEPARTMENTS: readonly Department[] = [
  kitchen,
  outdoor,
  books,
  audio,
  home,
  garden,
  desk,
  games,
  clothing,
  travel,
  bath,
  sport,
];

export interface SeedProduct {
  /** A slug, `^[a-z0-9-]{1,64}$`. */
  readonly id: string;
  readonly position: number;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly priceCents: number;
  readonly currency: 'EUR';
  readonly imageUrl: string;
  readonly initialStock: number;
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pick = <T>(list: readonly T[], random: () => number): T | undefined =>
  list[Math.floor(random() * list.length)];

const slug = (name: string): string =>
  name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 64);

/** To a price that a shop would write: 12.90, 49.90, 129.00. */
function priceTag(cents: number): number {
  if (cents < 10_000) return Math.max(190, Math.round(cents / 100) * 100 - 10);
  return Math.round(cents / 500) * 500;
}

/** Mostly hundreds, sometimes thousands; one in eight is running out, one in forty has a last piece or two. */
function stockOf(random: () => number): number {
  const kind = random();
  if (kind < 0.025) return 1 + Math.floor(random() * 3);
  if (kind < 0.125) return 5 + Math.floor(random() * 30);
  return Math.round(60 * 80 ** random());
}

type Draft = Omit<SeedProduct, 'position'>;

interface Line {
  readonly department: Department;
  readonly item: Item;
  readonly maker: string | undefined;
  /** Last sentence of the description. */
  readonly closing: string | undefined;
  /** Which variant comes first. */
  readonly first: number;
}

function draftOf(line: Line, variant: Variant, random: () => number): Draft {
  const { department, item, maker, closing } = line;
  const name = `${maker === undefined ? '' : `${maker} `}${item.name}, ${variant.label}`;
  const id = slug(name);
  return {
    id,
    name,
    description: `${item.text} ${closing ?? ''}`,
    category: department.category,
    priceCents: priceTag(item.priceCents * variant.factor * (0.96 + random() * 0.08)),
    currency: 'EUR',
    imageUrl: `/images/${id}.svg`,
    initialStock: stockOf(random),
  };
}

function drafts(products: number, random: () => number): Draft[] {
  const lines = DEPARTMENTS.flatMap((department) =>
    department.items.map((item): Line => ({
      department,
      item,
      maker: pick(department.makers, random),
      closing: pick(department.closing, random),
      first: Math.floor(random() * item.variants.length),
    })),
  );
  const most = Math.max(...lines.map(({ item }) => item.variants.length));
  const made: Draft[] = [];
  for (let round = 0; round < most; round += 1)
    for (const line of lines) {
      const variant = line.item.variants[(line.first + round) % line.item.variants.length];
      if (variant && round < line.item.variants.length) made.push(draftOf(line, variant, random));
      if (made.length === products) return made;
    }
  return made;
}

/** Random order, in place (Fisher–Yates). */
function shuffle<T>(list: T[], random: () => number): T[] {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [list[last], list[other]];
    if (a !== undefined && b !== undefined) [list[last], list[other]] = [b, a];
  }
  return list;
}

/** How many different products there are. */
export const MOST_SEED_PRODUCTS = 1_008;

/**
 * @param products how many; `MOST_SEED_PRODUCTS` at most.
 * @throws RangeError when so many different ones cannot be made.
 */
export function shopSeed(products: number, seed: number): readonly SeedProduct[] {
  const random = randomOf(seed);
  const made = shuffle(drafts(products, random), random);
  if (made.length < products)
    throw new RangeError(`the catalogue has ${made.length} different products at most, not ${products}`);
  return made.map((draft, position) => ({ ...draft, position }));
}
