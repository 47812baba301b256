/** 2³² over the golden ratio: spreads numbers that grow by one evenly. */
const SPREAD = 0x9e3779b1;

/**
 * Calls in flight by their number.
 *
 * Not a `Map`: V8 links a map's outgrown tables to their successors. Under a churn of calls such a chain, once old, keeps
 * every table and every call in it alive until the next full collection (measured: half of a busy host's CPU was garbage
 * collection). Two plain arrays with linear probing keep nothing alive.
 *
 * T1  A number is 0 where nobody lives; every entry can be reached from its home without passing an empty place.
 * T2  At most half of the places are taken.
 */
export class IdTable<V> {
  #ids: number[] = new Array<number>(64).fill(0);
  #values: (V | undefined)[] = new Array<V | undefined>(64).fill(undefined);
  /** 32 minus the bits of a place. */
  #shift = 26;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: number): boolean {
    return this.#ids[this.#placeOf(id)] === id;
  }

  get(id: number): V | undefined {
    return this.#values[this.#placeOf(id)];
  }

  /** @param id a whole number above 0. */
  set(id: number, value: V): void {
    if (this.#size * 2 >= this.#ids.length) this.#grow();
    const place = this.#placeOf(id);
    if (this.#ids[place] !== id) this.#size += 1;
    this.#ids[place] = id;
    this.#values[place] = value;
  }

  /** Takes the entry out. */
  take(id: number): V | undefined {
    const place = this.#placeOf(id);
    if (this.#ids[place] !== id) return undefined;
    const value = this.#values[place];
    this.#size -= 1;
    this.#close(place);
    return value;
  }

  values(): V[] {
    return this.#values.filter((_value, place) => this.#ids[place] !== 0) as V[];
  }

  /** Empties the table. @returns what was in it. */
  takeAll(): V[] {
    const all = this.values();
    this.#ids.fill(0);
    this.#values.fill(undefined);
    this.#size = 0;
    return all;
  }

  #homeOf(id: number): number {
    return Math.imul(id, SPREAD) >>> this.#shift;
  }

  /** Where `id` is, or where it would go. */
  #placeOf(id: number): number {
    const ids = this.#ids;
    const last = ids.length - 1;
    let place = this.#homeOf(id);
    while (ids[place] !== id && ids[place] !== 0) place = place === last ? 0 : place + 1;
    return place;
  }

  /** T1: moves up those behind the gap that could not be reached any more. */
  #close(gap: number): void {
    const ids = this.#ids;
    const count = ids.length;
    let hole = gap;
    for (let place = (gap + 1) % count; ids[place] !== 0; place = (place + 1) % count) {
      const id = ids[place] ?? 0;
      const fromHome = (place - this.#homeOf(id) + count) % count;
      if (fromHome < (place - hole + count) % count) continue;
      ids[hole] = id;
      this.#values[hole] = this.#values[place];
      hole = place;
    }
    ids[hole] = 0;
    this.#values[hole] = undefined;
  }

  /** T2. */
  #grow(): void {
    const [ids, values] = [this.#ids, this.#values];
    this.#ids = new Array<number>(ids.length * 2).fill(0);
    this.#values = new Array<V | undefined>(ids.length * 2).fill(undefined);
    this.#shift -= 1;
    this.#size = 0;
    ids.forEach((id, place) => {
      if (id !== 0) this.set(id, values[place] as V);
    });
  }
}
