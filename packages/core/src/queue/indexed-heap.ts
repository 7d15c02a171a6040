/** A node knows its place, so that it can be moved and removed without a search. -1: it is in no heap. */
export interface HeapNode {
  place: number;
}

/** A binary heap: the first one, insertion, removal and a changed order each in O(log n). */
export class IndexedHeap<T extends HeapNode> {
  readonly #nodes: T[] = [];
  readonly #isBefore: (a: T, b: T) => boolean;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#nodes.length;
  }

  get first(): T | undefined {
    return this.#nodes[0];
  }

  /** In no order. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#nodes.values();
  }

  push(node: T): void {
    this.#put(node, this.#nodes.length);
    this.#rise(node);
  }

  /** Nothing where it is not in the heap. */
  remove(node: T): void {
    const { place } = node;
    if (place < 0) return;
    node.place = -1;
    const last = this.#nodes.pop();
    if (!last || last === node) return;
    this.#put(last, place);
    this.update(last);
  }

  /** To be called when its order changed. */
  update(node: T): void {
    this.#rise(node);
    this.#sink(node);
  }

  #rise(node: T): void {
    while (node.place > 0) {
      const parentPlace = (node.place - 1) >> 1;
      const parent = this.#nodes[parentPlace];
      if (!parent || !this.#isBefore(node, parent)) return;
      this.#put(parent, node.place);
      this.#put(node, parentPlace);
    }
  }

  #sink(node: T): void {
    for (;;) {
      const left = this.#nodes[2 * node.place + 1];
      const right = this.#nodes[2 * node.place + 2];
      const child = left && right && this.#isBefore(right, left) ? right : left;
      if (!child || !this.#isBefore(child, node)) return;
      const { place } = child;
      this.#put(child, node.place);
      this.#put(node, place);
    }
  }

  #put(node: T, place: number): void {
    this.#nodes[place] = node;
    node.place = place;
  }
}
