import type { Gate } from '../quota.ts';
import { FairClass, type Place, type Rotation, type Turned } from './fair-class.ts';
import { IndexedHeap } from './indexed-heap.ts';

/** While several classes wait, so many turns go by priority, and the next to the class that has had none for the longest time. */
const TURNS_BY_PRIORITY = 7;

/**
 * Decides who is next: by priority, the greater first, and within one by fair shares of tenants. Every eighth turn is one of
 * rotation, so that no class waits for ever. Adding, taking, removing and moving take O(log n). It has no clock and runs nothing.
 */
export class FairQueue<T> {
  size = 0;
  readonly #classes = new Map<number, FairClass<T>>();
  /** Those classes in which somebody may have a turn. */
  readonly #byPriority = new IndexedHeap<FairClass<T>>((a, b) => a.priority > b.priority);
  readonly #byTurn = new IndexedHeap<Rotation<T>>((a, b) => a.turn < b.turn);
  readonly #blocked = new Set<string>();
  readonly #weights = new Map<string, number>();
  #turn = 0;
  #byPriorityInARow = 0;

  /** Is passed over while one of its gates is shut; `opened` says that one no longer is. `now` is of any clock, here as everywhere. */
  add(item: T, tenant: string, priority: number, now: number, gates?: readonly Gate[]): Place<T> {
    const of = this.#classOf(priority);
    const place = of.add(tenant, item, now, gates);
    this.size += 1;
    this.#sync(of);
    return place;
  }

  /** The next one, which leaves, and whose turn begins at that time, in milliseconds; undefined where nobody may have a turn. */
  take(now: number): Place<T> | undefined {
    for (let of = this.#nextClass(); of; of = this.#nextClass()) {
      const several = this.#byPriority.size > 1;
      const place = of.take(now);
      if (place) {
        if (several) this.#byPriorityInARow = this.#isRotating ? 0 : this.#byPriorityInARow + 1;
        return this.#took(place, of);
      }
      // Gates hold up all of them.
      this.#sync(of);
    }
    return undefined;
  }

  /** A turn for one that need not wait. */
  begin(tenant: string, priority: number, now: number): Turned<T> {
    return this.#classOf(priority).begin(tenant, now);
  }

  /** A turn that began is over at that time. */
  end(turned: Turned<T>, now: number): void {
    turned.of.end(turned, now);
    this.#sync(turned.of);
  }

  remove(place: Place<T>, now: number): void {
    const { of } = place;
    const before = of.size;
    of.remove(place, now);
    this.size += of.size - before;
    this.#sync(of);
  }

  /** To the end of its tenant's line in another class. */
  move(place: Place<T>, priority: number, now: number): Place<T> {
    if (place.of.priority === priority) return place;
    this.remove(place, now);
    return this.add(place.item, place.share.tenant, priority, now, place.gates);
  }

  /** Those behind it may have a turn again. */
  opened(gate: Gate, now: number): void {
    for (const of of this.#classes.values()) if (of.opened(gate, now)) this.#sync(of);
  }

  hasBehind(gate: Gate): boolean {
    return [...this.#classes.values()].some((of) => of.hasBehind(gate));
  }

  /** How many of its tenant are before it in its class; takes as long as there are any that gates hold up. */
  ahead({ share, at }: Place<T>): number {
    return share.line.ahead(at) + (share.aside?.before(at) ?? 0);
  }

  /** The tenant's waiters are passed over. */
  block(tenant: string, now: number): void {
    this.#blocked.add(tenant);
    for (const of of this.#classes.values()) {
      of.block(tenant, now);
      this.#sync(of);
    }
  }

  unblock(tenant: string, now: number): void {
    if (!this.#blocked.delete(tenant)) return;
    for (const of of this.#classes.values()) {
      of.unblock(tenant, now);
      this.#sync(of);
    }
  }

  /** Its share of the time of turns, beside others in its class: 1 unless this says otherwise. */
  setWeight(tenant: string, weight: number, now: number): void {
    if (weight === 1) this.#weights.delete(tenant);
    else this.#weights.set(tenant, weight);
    for (const of of this.#classes.values()) of.reweigh(tenant, now);
  }

  /** Nobody waits and nothing runs, and nothing is kept of those that did. */
  get isEmpty(): boolean {
    return this.#classes.size === 0;
  }

  /** Of each class in which somebody waits, the greatest first. */
  get classes(): readonly FairClass<T>[] {
    return [...this.#classes.values()].filter(({ size }) => size > 0).sort((a, b) => b.priority - a.priority);
  }

  #nextClass(): FairClass<T> | undefined {
    return this.#isRotating && this.#byPriority.size > 1 ? this.#byTurn.first?.of : this.#byPriority.first;
  }

  get #isRotating(): boolean {
    return this.#byPriorityInARow >= TURNS_BY_PRIORITY;
  }

  #took(place: Place<T>, of: FairClass<T>): Place<T> {
    this.size -= 1;
    of.rotation.turn = ++this.#turn;
    this.#byTurn.update(of.rotation);
    this.#sync(of);
    return place;
  }

  #classOf(priority: number): FairClass<T> {
    const known = this.#classes.get(priority);
    if (known) return known;
    const tenants = {
      weightOf: (tenant: string) => this.#weights.get(tenant) ?? 1,
      isBlocked: (tenant: string) => this.#blocked.has(tenant),
    };
    const made = new FairClass<T>(priority, tenants, this.#turn);
    this.#classes.set(priority, made);
    return made;
  }

  /** Its place among the classes follows from what is in it. */
  #sync(of: FairClass<T>): void {
    if (of.isReady && of.place < 0) {
      this.#byPriority.push(of);
      this.#byTurn.push(of.rotation);
    } else if (!of.isReady && of.place >= 0) {
      this.#byPriority.remove(of);
      this.#byTurn.remove(of.rotation);
    }
    // Where nobody waits and nothing runs there is nothing to share.
    if (of.size === 0 && of.running === 0) this.#classes.delete(of.priority);
  }
}
