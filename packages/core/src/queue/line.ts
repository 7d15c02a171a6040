/** As many that left are kept room for before a line is made shorter, and as many as wait. */
const SLACK = 64;

/**
 * First come, first served, with the number of those ahead. Joining, leaving from the middle and that number take O(log n): a
 * Fenwick tree counts who is still there. Places are numbers that only grow.
 */
export class Line<T> {
  size = 0;
  /** That of who comes next. */
  #next = 0;
  /** Of the items, where some were let go from between them; otherwise each has the place after the one before. */
  #places: number[] | undefined;
  /** From here on there may be somebody. */
  #head = 0;
  #items: (T | undefined)[] = [];
  /** Of the items, one-based: each entry counts a range that ends with it. */
  #counts: number[] = [0];

  /** Adds an item that is made of its place, at the end. */
  join(make: (place: number) => T): T {
    const item = make(this.#next);
    this.#places?.push(this.#next);
    this.#next += 1;
    this.#items.push(item);
    const end = this.#items.length;
    let count = 1;
    // The ranges that are part of the new one's.
    for (let i = end - 1; i > end - (end & -end); i -= i & -i) count += this.#counts[i] ?? 0;
    this.#counts.push(count);
    this.size += 1;
    return item;
  }

  /** Items that there is room for. */
  get room(): number {
    return this.#items.length;
  }

  get first(): T | undefined {
    while (this.#head < this.#items.length && this.#items[this.#head] === undefined) this.#head += 1;
    return this.#items[this.#head];
  }

  /** Whether it was there. */
  remove(place: number): boolean {
    const index = this.#indexOf(place);
    if (this.#items[index] === undefined || this.#placeOf(index) !== place) return false;
    this.#items[index] = undefined;
    for (let i = index + 1; i < this.#counts.length; i += i & -i) this.#counts[i] = (this.#counts[i] ?? 0) - 1;
    this.size -= 1;
    if (this.#items.length > 2 * this.size + SLACK) this.#shorten();
    return true;
  }

  /** How many are before this place. */
  ahead(place: number): number {
    let count = 0;
    for (let i = this.#indexOf(place); i > 0; i -= i & -i) count += this.#counts[i] ?? 0;
    return count;
  }

  #placeOf(index: number): number {
    return this.#places?.[index] ?? this.#next - this.#items.length + index;
  }

  /** Of the item with this place, or else of the first one behind it. */
  #indexOf(place: number): number {
    if (!this.#places) return place - this.#placeOf(0);
    let from = 0;
    let to = this.#places.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#placeOf(middle) < place) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** Lets go of the room of those that left. */
  #shorten(): void {
    const places: number[] = [];
    this.#items = this.#items.filter((item, index) => item !== undefined && places.push(this.#placeOf(index)));
    this.#places = this.#next - (places[0] ?? this.#next) === places.length ? undefined : places;
    this.#head = 0;
    const counts = [0, ...this.#items.map(() => 1)];
    for (let i = 1; i < counts.length; i += 1) {
      const above = i + (i & -i);
      if (above < counts.length) counts[above] = (counts[above] ?? 0) + (counts[i] ?? 0);
    }
    this.#counts = counts;
  }
}
