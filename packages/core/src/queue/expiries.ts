import { MAX_DELAY_MS } from '../checks/values.ts';
import { type HeapNode, IndexedHeap } from './indexed-heap.ts';

/** Something that is over at a time, of `performance.now()`. */
export interface Expiring extends HeapNode {
  readonly since: number;
  readonly deadline: number;
}

/** Calls for each that is still here at its deadline; one timer for all. */
export class Expiries<T extends Expiring> {
  readonly #heap = new IndexedHeap<T>((a, b) => a.deadline < b.deadline);
  readonly #expire: (node: T) => void;
  #timer: NodeJS.Timeout | undefined;
  #timerFor = Number.POSITIVE_INFINITY;

  constructor(expire: (node: T) => void) {
    this.#expire = expire;
  }

  add(node: T): void {
    if (node.deadline === Number.POSITIVE_INFINITY) return;
    this.#heap.push(node);
    this.#watch();
  }

  remove(node: T): void {
    this.#heap.remove(node);
    if (this.#heap.size === 0) this.#stop();
  }

  #watch(): void {
    const { first } = this.#heap;
    if (!first || first.deadline >= this.#timerFor) return;
    this.#stop();
    this.#timerFor = first.deadline;
    const ms = Math.ceil(first.deadline - performance.now());
    this.#timer = setTimeout(() => this.#ring(), Math.min(Math.max(ms, 0), MAX_DELAY_MS));
  }

  #ring(): void {
    this.#stop();
    const now = performance.now();
    for (let { first } = this.#heap; first && first.deadline <= now; { first } = this.#heap) {
      this.#heap.remove(first);
      this.#expire(first);
    }
    this.#watch();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerFor = Number.POSITIVE_INFINITY;
  }
}
