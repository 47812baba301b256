import { field, numberField, textField } from './answer.ts';
import { pick, type Random } from './random.ts';

/** Below this, customers leave a product to others, so that stock lasts. */
const SCARCE = 5;

/** What customers know of the catalogue: product ids, words to search for, and the stock last shown. */
export class Shelf {
  readonly #stock = new Map<string, number>();
  readonly #ids: string[] = [];
  readonly #words = new Set<string>();
  #searchable: string[] = [];

  /** Reads `items` of a product list, or one product. */
  learn(body: unknown): void {
    const items = field(body, 'items');
    for (const item of Array.isArray(items) ? (items as unknown[]) : [body]) this.#learnOne(item);
  }

  #learnOne(item: unknown): void {
    const id = textField(item, 'id');
    const stock = numberField(item, 'stock');
    if (id === null || stock === null) return;
    if (!this.#stock.has(id)) {
      this.#ids.push(id);
      for (const word of (textField(item, 'name') ?? '').split(/[^\p{L}]+/u)) {
        if (word.length >= 4) this.#words.add(word.toLowerCase());
      }
      this.#searchable = [];
    }
    this.#stock.set(id, stock);
  }

  get size(): number {
    return this.#ids.length;
  }

  soldOut(id: string): void {
    this.#stock.set(id, 0);
  }

  anyProduct(random: Random): string {
    return pick(random, this.#ids);
  }

  /** A product with enough stock, if a few draws find one; spread evenly, so that none runs out early. */
  buyable(random: Random): string {
    for (let draw = 0; draw < 20; draw++) {
      const id = this.anyProduct(random);
      if ((this.#stock.get(id) ?? 0) > SCARCE) return id;
    }
    return this.anyProduct(random);
  }

  searchWord(random: Random): string {
    if (this.#searchable.length === 0) this.#searchable = [...this.#words];
    return this.#searchable.length === 0 ? 'shirt' : pick(random, this.#searchable);
  }
}
