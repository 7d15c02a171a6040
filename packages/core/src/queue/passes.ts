import { IndexedHeap } from './indexed-heap.ts';
import type { CurrentShare, Share } from './share.ts';

/** So many shares are counted up to now at a time, at most: their passes are near one another, and others follow at the next. */
const LOOKS = 8;

/**
 * How far the shares of a class have come, in what they used by weight. Those that run or may run are current; the least of these is
 * where one begins that comes, or comes back. So nobody has a debt for what it used while nobody else wanted it, and nobody saves up.
 *
 * Nor does one begin before the time at which all would be that were current, had each had its share of what was used (the virtual time
 * of weighted fair queueing: Parekh and Gallager, 1993). Or else new ones, one after the other, would pass a share with a debt for ever.
 */
export class Passes<T> {
  readonly #current = new IndexedHeap<CurrentShare<T>>((a, b) => a.share.pass < b.share.pass);
  #least = 0;
  /** Of all that are current. */
  #weight = 0;

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
    share.pass += ms / share.weight;
    if (share.current.place < 0) return;
    this.#least += ms / this.#weight;
    this.#current.update(share.current);
  }

  /** What it used until then was used by its old weight. */
  reweigh(share: Share<T>, weight: number, now: number): void {
    this.count(share, now);
    if (share.current.place >= 0) this.#weight += weight - share.weight;
    share.weight = weight;
  }

  /** It runs, or may run, from now on, or does no more. */
  setCurrent(share: Share<T>, isCurrent: boolean, now: number): void {
    if (isCurrent === share.current.place >= 0) return;
    if (isCurrent) {
      share.pass = Math.max(share.pass, this.least(now));
      this.#current.push(share.current);
      this.#weight += share.weight;
    } else {
      // What it used counts for those that come next, though it was the last.
      this.least(now);
      this.#current.remove(share.current);
      // Sums of fractions drift.
      this.#weight = this.#current.size === 0 ? 0 : this.#weight - share.weight;
    }
  }
}
