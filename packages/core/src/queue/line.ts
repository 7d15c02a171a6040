/** As many that left are kept room for before a line is made shorter. */
const SLACK = 64;

/**
 * First come, first served, with the number of those ahead. Joining, leaving from the middle and that number take O(log n): a
 * Fenwick tree counts who is still there. Places are numbers that only grow.
 */
export class Line<T> {
  size = 0;
  /** The place of the first item that is kept room for. */
  #base = 0;
  /** From here on there may be somebody. */
  #head = 0;
  #items: (T | undefined)[] = [];
  /** Of the items, one-based: each entry counts a range that ends with it. */
  #counts: number[] = [0];

  /** Adds an item that is made of its place, at the end. */
  join(make: (place: number) => T): T {
    const item = make(this.#base + this.#items.length);
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
    const index = place - this.#base;
    if (this.#items[index] === undefined) return false;
    this.#items[index] = undefined;
    for (let i = index + 1; i < this.#counts.length; i += i & -i) this.#counts[i] = (this.#counts[i] ?? 0) - 1;
    this.size -= 1;
    if (this.#items.length > 2 * this.size + SLACK) this.#shorten();
    return true;
  }

  /** How many are before this place. */
  ahead(place: number): number {
    let count = 0;
    for (let i = place - this.#base; i > 0; i -= i & -i) count += this.#counts[i] ?? 0;
    return count;
  }

  /** Lets go of the room before the first one, where that is half of it at least. */
  #shorten(): void {
    if (this.first !== undefined && this.#head < this.#items.length / 2) return;
    this.#base += this.#head;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
    const counts = [0, ...this.#items.map((item) => (item === undefined ? 0 : 1))];
    for (let i = 1; i < counts.length; i += 1) {
      const above = i + (i & -i);
      if (above < counts.length) counts[above] = (counts[above] ?? 0) + (counts[i] ?? 0);
    }
    this.#counts = counts;
  }
}
