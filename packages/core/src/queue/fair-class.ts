import type { Gate } from '../quota.ts';
import { type Aside, shutGate } from './aside.ts';
import { Gated } from './gated.ts';
import { type HeapNode, IndexedHeap } from './indexed-heap.ts';
import { Line } from './line.ts';

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

/** Those of one tenant in one class. */
export interface Share<T> extends HeapNode {
  readonly tenant: string;
  readonly line: Line<Place<T>>;
  /** Those that a gate holds up. */
  aside: Aside<T> | undefined;
  /** What it has used of the class by weight: milliseconds of slots, and a little for each turn. */
  pass: number;
  /** How many of it have a turn. */
  running: number;
  /** Until when `pass` counts those, in milliseconds. */
  counted: number;
  /** Decides between those that have used as much: who came first. */
  order: number;
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
 * saved nothing up for it, and who comes back at once pays for what it had before.
 */
export class FairClass<T> implements HeapNode {
  place = -1;
  size = 0;
  /** How many have a turn. */
  running = 0;
  readonly priority: number;
  readonly rotation: Rotation<T>;
  readonly #tenants: Tenants;
  readonly #gated = new Gated<T>();
  readonly #shares = new Map<string, Share<T>>();
  /** Those that may have a turn, as far as is known of gates; the one that has used the least is first. */
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

  add(tenant: string, item: T, gates?: readonly Gate[]): Place<T> {
    const share = this.#shareOf(tenant);
    if (sizeOf(share) === 0) {
      this.#idle.remove(share);
      share.order = this.#arrivals++;
    }
    this.size += 1;
    const place = share.line.join((at) => ({ place: -1, item, gates, of: this, share, at, behind: undefined }));
    this.#comesBack(share);
    return place;
  }

  /** The next one, whose turn begins at that time. */
  take(now: number): Place<T> | undefined {
    for (let share = this.#ready.first; share; share = this.#ready.first) {
      // What runs makes it use more all the time: it may not be the first any more.
      if (share.running > 0 && share.counted < now) {
        this.#count(share, now);
        this.#ready.update(share);
        continue;
      }
      const place = this.#firstOf(share);
      if (place) return this.#taken(place, share, now);
      this.#ready.remove(share);
    }
    return undefined;
  }

  /** A turn for one that need not wait. */
  begin(tenant: string, now: number): Turned<T> {
    const share = this.#shareOf(tenant);
    if (share.place >= 0 && sizeOf(share) === 0) this.#idle.remove(share);
    this.#begin(share, now);
    return { of: this, share };
  }

  /** Its turn is over at that time. */
  end({ share }: Turned<T>, now: number): void {
    this.#count(share, now);
    share.running -= 1;
    this.running -= 1;
    if (sizeOf(share) === 0) this.#rest(share);
    else if (share.place >= 0) this.#ready.update(share);
  }

  remove(place: Place<T>): void {
    const { share, at, behind } = place;
    if (behind) this.#gated.remove(place, behind);
    else if (!share.line.remove(at)) return;
    this.size -= 1;
    if (sizeOf(share) > 0) return;
    this.#ready.remove(share);
    this.#rest(share);
  }

  block(tenant: string): void {
    const share = this.#shares.get(tenant);
    if (share && sizeOf(share) > 0) this.#ready.remove(share);
  }

  unblock(tenant: string): void {
    const share = this.#shares.get(tenant);
    if (share) this.#comesBack(share);
  }

  /** Whether somebody waited behind it. */
  opened(gate: Gate): boolean {
    const shares = this.#gated.opened(gate);
    for (const share of shares ?? []) this.#comesBack(share);
    return shares !== undefined;
  }

  hasBehind(gate: Gate): boolean {
    return this.#gated.has(gate);
  }

  /** The first in each line, and behind each gate. */
  *heads(): Generator<Place<T>> {
    for (const { line, aside } of this.#shares.values()) {
      if (line.first) yield line.first;
      if (aside) yield* aside.heads();
    }
  }

  /** What it did not use meanwhile is not saved up. */
  #comesBack(share: Share<T>): void {
    if (share.place >= 0 || sizeOf(share) === 0) return;
    share.pass = Math.max(share.pass, this.#pass);
    if (!this.#tenants.isBlocked(share.tenant)) this.#ready.push(share);
  }

  /** Who of it is next; those that a gate holds up step aside. */
  #firstOf(share: Share<T>): Place<T> | undefined {
    for (let first = nextOf(share); first; first = nextOf(share)) {
      const shut = shutGate(first.gates);
      if (!shut) return first;
      this.#gated.add(first, shut);
    }
    return undefined;
  }

  #taken(place: Place<T>, share: Share<T>, now: number): Place<T> {
    this.#pass = Math.max(this.#pass, share.pass);
    this.#begin(share, now);
    this.remove(place);
    // One that waits for nothing any more is in no order here.
    if (sizeOf(share) > 0) this.#ready.update(share);
    // What they had used is nothing that others have not.
    for (let idle = this.#idle.first; idle && idle.pass <= this.#pass; idle = this.#idle.first) this.#forget(idle);
    return place;
  }

  #begin(share: Share<T>, now: number): void {
    this.#count(share, now);
    share.running += 1;
    this.running += 1;
    share.pass += TURN_MS / this.#tenants.weightOf(share.tenant);
  }

  #count(share: Share<T>, now: number): void {
    share.pass += (share.running * Math.max(0, now - share.counted)) / this.#tenants.weightOf(share.tenant);
    share.counted = now;
  }

  /** Nobody of it waits. */
  #rest(share: Share<T>): void {
    if (share.running > 0) return;
    if (share.pass > this.#pass) this.#idle.push(share);
    else this.#forget(share);
  }

  #shareOf(tenant: string): Share<T> {
    const known = this.#shares.get(tenant);
    if (known) return known;
    const share: Share<T> = { place: -1, tenant, line: new Line(), aside: undefined, pass: this.#pass, running: 0, counted: 0, order: 0 };
    this.#shares.set(tenant, share);
    return share;
  }

  #forget(share: Share<T>): void {
    this.#idle.remove(share);
    this.#shares.delete(share.tenant);
  }
}

/** Who stepped aside came before all that are in the line. */
function nextOf<T>({ aside, line }: Share<T>): Place<T> | undefined {
  return aside?.first ?? line.first;
}

function sizeOf<T>({ line, aside }: Share<T>): number {
  return line.size + (aside?.size ?? 0);
}

function usedLess<T>(a: Share<T>, b: Share<T>): boolean {
  return a.pass === b.pass ? a.order < b.order : a.pass < b.pass;
}
