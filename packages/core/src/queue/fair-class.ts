import { type HeapNode, IndexedHeap } from './indexed-heap.ts';
import { Line } from './line.ts';

/** Somebody who waits in a class. */
export interface Place<T> {
  readonly item: T;
  readonly of: FairClass<T>;
  readonly share: Share<T>;
  /** In its share's line. */
  readonly at: number;
}

/** Those of one tenant in one class. */
export interface Share<T> extends HeapNode {
  readonly tenant: string;
  readonly line: Line<Place<T>>;
  /** What it has used of the class, in turns by weight. */
  pass: number;
  /** Decides between those that have used as much: who came first. */
  order: number;
}

/** What holds for a tenant in every class. */
export interface Tenants {
  weightOf(tenant: string): number;
  isBlocked(tenant: string): boolean;
}

/** A class's place among those that have waited for a turn. */
export interface Rotation<T> extends HeapNode {
  readonly of: FairClass<T>;
  /** Counts turns: when it had its last one. */
  turn: number;
}

/**
 * Waiters of one priority. Tenants share its turns by their weights (stride scheduling: Waldspurger and Weihl, 1995), each of them in
 * the order of arrival. Who was idle has saved nothing up for it, and who comes back at once pays for what it had before.
 */
export class FairClass<T> implements HeapNode {
  place = -1;
  size = 0;
  readonly priority: number;
  readonly rotation: Rotation<T>;
  readonly #tenants: Tenants;
  readonly #shares = new Map<string, Share<T>>();
  /** Those that may have a turn; the one that has used the least is first. */
  readonly #ready = new IndexedHeap<Share<T>>(usedLess);
  /** Those that wait for nothing and have used more than others so far. */
  readonly #idle = new IndexedHeap<Share<T>>(usedLess);
  /** What the last one had used: nobody begins with less. */
  #pass = 0;
  #arrivals = 0;

  constructor(priority: number, tenants: Tenants, turn: number) {
    this.priority = priority;
    this.#tenants = tenants;
    this.rotation = { place: -1, of: this, turn };
  }

  get isReady(): boolean {
    return this.#ready.size > 0;
  }

  add(tenant: string, item: T): Place<T> {
    const share = this.#shareOf(tenant);
    if (share.line.size === 0) {
      this.#idle.remove(share);
      share.pass = Math.max(share.pass, this.#pass);
      share.order = this.#arrivals++;
      if (!this.#tenants.isBlocked(tenant)) this.#ready.push(share);
    }
    this.size += 1;
    return share.line.join((at) => ({ item, of: this, share, at }));
  }

  take(): Place<T> | undefined {
    const share = this.#ready.first;
    const place = share?.line.first;
    if (!share || !place) return undefined;
    this.#pass = Math.max(this.#pass, share.pass);
    share.pass += 1 / this.#tenants.weightOf(share.tenant);
    this.remove(place);
    // One that waits for nothing any more is in no order here.
    if (share.line.size > 0) this.#ready.update(share);
    // What they had used is nothing that others have not.
    for (let idle = this.#idle.first; idle && idle.pass <= this.#pass; idle = this.#idle.first) this.#forget(idle);
    return place;
  }

  remove({ share, at }: Place<T>): void {
    if (!share.line.remove(at)) return;
    this.size -= 1;
    if (share.line.size > 0) return;
    this.#ready.remove(share);
    if (share.pass > this.#pass) this.#idle.push(share);
    else this.#forget(share);
  }

  block(tenant: string): void {
    const share = this.#shares.get(tenant);
    if (share && share.line.size > 0) this.#ready.remove(share);
  }

  unblock(tenant: string): void {
    const share = this.#shares.get(tenant);
    if (!share || share.line.size === 0 || share.place >= 0) return;
    // What it did not use meanwhile is not saved up.
    share.pass = Math.max(share.pass, this.#pass);
    this.#ready.push(share);
  }

  /** The first in each line. */
  *heads(): Generator<Place<T>> {
    for (const { line } of this.#shares.values()) if (line.first) yield line.first;
  }

  #shareOf(tenant: string): Share<T> {
    const known = this.#shares.get(tenant);
    if (known) return known;
    const share: Share<T> = { place: -1, tenant, line: new Line(), pass: this.#pass, order: 0 };
    this.#shares.set(tenant, share);
    return share;
  }

  #forget(share: Share<T>): void {
    this.#idle.remove(share);
    this.#shares.delete(share.tenant);
  }
}

function usedLess<T>(a: Share<T>, b: Share<T>): boolean {
  return a.pass === b.pass ? a.order < b.order : a.pass < b.pass;
}
