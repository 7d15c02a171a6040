import type { Gate } from '../quota.ts';
import { Gated } from './gated.ts';
import { type HeapNode, IndexedHeap } from './indexed-heap.ts';
import { Passes } from './passes.ts';
import { Share, usedLess } from './share.ts';

/** What a turn costs besides its time: decides who is next while no time goes by. */
const TURN_MS = 0.001;

/** Somebody who waits in a class. */
export interface Place<T> extends HeapNode, Turned<T> {
  readonly item: T;
  /** It is passed over while one of them is shut. */
  readonly gates: readonly Gate[] | undefined;
  /** In its share's line; who came later has a greater one. */
  readonly at: number;
  /** It has left the line for this one. */
  behind: Gate | undefined;
}

/** Whose turn it is, in what class. */
export interface Turned<T> {
  readonly of: FairClass<T>;
  readonly share: Share<T>;
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
 * Waiters of one priority. Tenants share the time of its turns by their weights (stride scheduling: Waldspurger and Weihl, 1995), each
 * of them in the order of arrival. What runs is counted as it goes on, since nobody knows before how long it will take. Who was idle has
 * saved nothing up for it, who comes back at once pays for what it had before, and nobody pays for what no other wanted. Times are in
 * milliseconds, of any clock.
 */
export class FairClass<T> implements HeapNode {
  place = -1;
  size = 0;
  /** How many have a turn. */
  running = 0;
  readonly priority: number;
  readonly rotation: Rotation<T>;
  readonly #tenants: Tenants;
  readonly #passes = new Passes<T>();
  readonly #gated = new Gated<T>();
  readonly #shares = new Map<string, Share<T>>();
  /** Those that may have a turn, as far as is known of gates; the one that has used the least is first. */
  readonly #ready = new IndexedHeap<Share<T>>(usedLess);
  /** Those that wait for nothing and have used more than others so far. */
  readonly #idle = new IndexedHeap<Share<T>>(usedLess);
  #arrivals = 0;

  constructor(priority: number, tenants: Tenants, turn: number) {
    this.priority = priority;
    this.#tenants = tenants;
    this.rotation = { place: -1, of: this, turn };
  }

  get isReady(): boolean {
    return this.#ready.size > 0;
  }

  add(tenant: string, item: T, now: number, gates?: readonly Gate[]): Place<T> {
    const share = this.#shareOf(tenant);
    if (share.size === 0) {
      this.#idle.remove(share);
      share.order = this.#arrivals++;
    }
    this.size += 1;
    const place = share.join(this, item, gates);
    this.#comesBack(share, now);
    return place;
  }

  /** The next one, whose turn begins at that time. */
  take(now: number): Place<T> | undefined {
    for (let share = this.#ready.first; share; share = this.#ready.first) {
      // What runs makes it use more all the time: it may not be the first any more.
      if (share.running > 0 && share.counted < now) {
        this.#passes.count(share, now);
        this.#ready.update(share);
        continue;
      }
      const place = share.nextOpen((held, gate) => this.#gated.add(held, gate));
      if (place) return this.#taken(place, share, now);
      this.#leavesReady(share, now);
    }
    return undefined;
  }

  /** A turn for one that need not wait. */
  begin(tenant: string, now: number): Turned<T> {
    const share = this.#shareOf(tenant);
    if (share.place >= 0 && share.size === 0) this.#idle.remove(share);
    this.#begin(share, now);
    return { of: this, share };
  }

  /** Its turn is over at that time. */
  end({ share }: Turned<T>, now: number): void {
    this.#passes.count(share, now);
    share.running -= 1;
    this.running -= 1;
    this.#syncCurrent(share, now);
    if (share.size === 0) this.#rest(share, now);
    else if (share.place >= 0) this.#ready.update(share);
  }

  remove(place: Place<T>, now: number): void {
    const { share, at, behind } = place;
    if (behind) this.#gated.remove(place, behind);
    else if (!share.line.remove(at)) return;
    this.size -= 1;
    if (share.size > 0) return;
    this.#leavesReady(share, now);
    this.#rest(share, now);
  }

  block(tenant: string, now: number): void {
    const share = this.#shares.get(tenant);
    if (share && share.size > 0) this.#leavesReady(share, now);
  }

  /** Its weight is another from now on. */
  reweigh(tenant: string, now: number): void {
    const share = this.#shares.get(tenant);
    if (!share) return;
    this.#passes.reweigh(share, this.#tenants.weightOf(tenant), now);
    if (share.size > 0 && share.place >= 0) this.#ready.update(share);
  }

  unblock(tenant: string, now: number): void {
    const share = this.#shares.get(tenant);
    if (share) this.#comesBack(share, now);
  }

  /** Whether somebody waited behind it. */
  opened(gate: Gate, now: number): boolean {
    const shares = this.#gated.opened(gate);
    for (const share of shares ?? []) this.#comesBack(share, now);
    return shares !== undefined;
  }

  hasBehind(gate: Gate): boolean {
    return this.#gated.has(gate);
  }

  #comesBack(share: Share<T>, now: number): void {
    if (share.place >= 0 || share.size === 0 || this.#tenants.isBlocked(share.tenant)) return;
    this.#passes.setCurrent(share, true, now);
    this.#ready.push(share);
  }

  #leavesReady(share: Share<T>, now: number): void {
    this.#ready.remove(share);
    this.#syncCurrent(share, now);
  }

  #syncCurrent(share: Share<T>, now: number): void {
    this.#passes.setCurrent(share, share.running > 0 || (share.place >= 0 && share.size > 0), now);
  }

  #taken(place: Place<T>, share: Share<T>, now: number): Place<T> {
    this.#begin(share, now);
    this.remove(place, now);
    // One that waits for nothing any more is in no order here.
    if (share.size > 0) this.#ready.update(share);
    return place;
  }

  #begin(share: Share<T>, now: number): void {
    this.#passes.setCurrent(share, true, now);
    this.#passes.count(share, now);
    share.running += 1;
    this.running += 1;
    this.#passes.use(share, TURN_MS);
    this.#forgetIdle(now);
  }

  /** Nobody of it waits. */
  #rest(share: Share<T>, now: number): void {
    if (share.running > 0) return;
    if (share.pass > this.#passes.least(now)) this.#idle.push(share);
    else this.#forget(share);
  }

  /** What they had used is nothing that others have not. */
  #forgetIdle(now: number): void {
    const least = this.#passes.least(now);
    for (let idle = this.#idle.first; idle && idle.pass <= least; idle = this.#idle.first) this.#forget(idle);
  }

  #shareOf(tenant: string): Share<T> {
    const known = this.#shares.get(tenant);
    if (known) return known;
    const share = new Share<T>(tenant, this.#tenants.weightOf(tenant));
    this.#shares.set(tenant, share);
    return share;
  }

  #forget(share: Share<T>): void {
    this.#idle.remove(share);
    this.#shares.delete(share.tenant);
  }
}
