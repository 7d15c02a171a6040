import type { Gate } from '../quota.ts';
import { type Aside, shutGate } from './aside.ts';
import type { FairClass, Place } from './fair-class.ts';
import type { HeapNode } from './indexed-heap.ts';
import { Line } from './line.ts';

/** A share's place among those that use the class now. */
export interface CurrentShare<T> extends HeapNode {
  readonly share: Share<T>;
}

/** Those of one tenant in one class. */
export class Share<T> implements HeapNode {
  place = -1;
  readonly tenant: string;
  readonly line: Line<Place<T>> = new Line();
  /** Those that a gate holds up. */
  aside: Aside<T> | undefined;
  /** What it has used of the class by weight: milliseconds of slots, and a little for each turn. See `Passes`. */
  pass = 0;
  /** Its place among those whose pass goes on. */
  readonly current: CurrentShare<T> = { place: -1, share: this };
  /** How many of it have a turn. */
  running = 0;
  /** Until when `pass` counts those, in milliseconds. */
  counted = 0;
  /** Decides between those that have used as much: who came first. */
  order = 0;

  /** Its part beside others. */
  weight: number;

  constructor(tenant: string, weight: number) {
    this.tenant = tenant;
    this.weight = weight;
  }

  /** How many wait. */
  get size(): number {
    return this.line.size + (this.aside?.size ?? 0);
  }

  /** At the end of its line. */
  join(of: FairClass<T>, item: T, gates: readonly Gate[] | undefined): Place<T> {
    return this.line.join((at) => ({ place: -1, item, gates, of, share: this, at, behind: undefined }));
  }

  /** The next one, as far as is known of gates; who stepped aside came before all that are in the line. */
  get next(): Place<T> | undefined {
    return this.aside?.first ?? this.line.first;
  }

  /** The next one for whom no gate is shut; each that is held up goes to `stepAside`. */
  nextOpen(stepAside: (place: Place<T>, shut: Gate) => void): Place<T> | undefined {
    for (let { next } = this; next; { next } = this) {
      const shut = shutGate(next.gates);
      if (!shut) return next;
      stepAside(next, shut);
    }
    return undefined;
  }
}

export function usedLess<T>(a: Share<T>, b: Share<T>): boolean {
  return a.pass === b.pass ? a.order < b.order : a.pass < b.pass;
}
