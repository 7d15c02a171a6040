import { IndexedHeap } from './indexed-heap.ts';
import type { CurrentShare, Share } from './share.ts';

/** So many shares are counted up to now at a time, at most: their passes are near one another, and others follow at the next. */
const LOOKS = 8;

/**
 * How far the shares of a class have come, in what they used by weight. Those that run or may run are current; the least of these is
 * where one begins that comes, or comes back. So nobody has a debt for what it used while nobody else wanted it, and nobody saves up.
 */
export class Passes<T> {
  readonly #current = new IndexedHeap<CurrentShare<T>>((a, b) => a.share.pass < b.share.pass);
  readonly #weightOf: (tenant: string) => number;
  #least = 0;

  constructor(weightOf: (tenant: string) => number) {
    this.#weightOf = weightOf;
  }

  /** Where one begins at that time; never less than before. */
  least(now: number): number {
    for (let looks = 0; looks < LOOKS; looks += 1) {
      const share = this.#current.first?.share;
      if (!share || share.running === 0 || share.counted >= now) break;
      this.count(share, now);
    }
    this.#least = Math.max(this.#least, this.#current.first?.share.pass ?? 0);
    return this.#least;
  }

  /** What runs of it is used up to now. */
  count(share: Share<T>, now: number): void {
    this.use(share, share.running * Math.max(0, now - share.counted));
    share.counted = now;
  }

  use(share: Share<T>, ms: number): void {
    share.pass += ms / this.#weightOf(share.tenant);
    if (share.current.place >= 0) this.#current.update(share.current);
  }

  /** It runs, or may run, from now on, or does no more. */
  setCurrent(share: Share<T>, isCurrent: boolean, now: number): void {
    if (isCurrent === share.current.place >= 0) return;
    if (isCurrent) {
      share.pass = Math.max(share.pass, this.least(now));
      this.#current.push(share.current);
    } else {
      // What it used counts for those that come next, though it was the last.
      this.least(now);
      this.#current.remove(share.current);
    }
  }
}
