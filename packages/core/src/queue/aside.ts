import type { Gate } from '../quota.ts';
import type { Place } from './fair-class.ts';
import { IndexedHeap } from './indexed-heap.ts';

/** Those that wait behind one gate. */
interface Behind<T> {
  readonly others: IndexedHeap<Place<T>>;
  /** The first of them, since the gate opened: the others are looked at when it has gone. */
  back: Place<T> | undefined;
}

/**
 * Those of one share that came to the head of their line and found a gate shut, so that others pass them. They came before all that
 * are still in the line, and keep their order.
 */
export class Aside<T> {
  size = 0;
  readonly #behind = new Map<Gate, Behind<T>>();
  readonly #back = new IndexedHeap<Place<T>>(cameBefore);

  /** The first of those whose gate opened. */
  get first(): Place<T> | undefined {
    return this.#back.first;
  }

  has(gate: Gate): boolean {
    return this.#behind.has(gate);
  }

  add(place: Place<T>, gate: Gate): void {
    const behind = this.#behind.get(gate) ?? { others: new IndexedHeap(cameBefore), back: undefined };
    this.#behind.set(gate, behind);
    place.behind = gate;
    behind.others.push(place);
    this.size += 1;
  }

  remove(place: Place<T>): void {
    const gate = place.behind;
    const behind = gate && this.#behind.get(gate);
    if (!behind) return;
    place.behind = undefined;
    this.size -= 1;
    if (behind.back !== place) behind.others.remove(place);
    else {
      this.#back.remove(place);
      behind.back = undefined;
      this.opened(gate);
    }
    if (!behind.back && behind.others.size === 0) this.#behind.delete(gate);
  }

  /** How many came before this place in the line; takes as long as there are any. */
  before(at: number): number {
    let count = 0;
    for (const { others, back } of this.#behind.values()) {
      if (back && back.at < at) count += 1;
      for (const place of others) if (place.at < at) count += 1;
    }
    return count;
  }

  /** Lets the first behind it be looked at again. */
  opened(gate: Gate): void {
    const behind = this.#behind.get(gate);
    const first = behind?.others.first;
    if (!behind || behind.back || !first) return;
    behind.others.remove(first);
    behind.back = first;
    this.#back.push(first);
  }

  /** The gate of the one that was first is shut again. */
  shut(place: Place<T>, gate: Gate): void {
    const behind = this.#behind.get(gate);
    if (behind?.back !== place) return;
    this.#back.remove(place);
    behind.back = undefined;
    behind.others.push(place);
  }
}

/** The first that is shut. */
export function shutGate(gates: readonly Gate[] | undefined): Gate | undefined {
  return gates?.find(isShut);
}

/** One that fails holds up nobody: what its lease says when the command is to run decides. */
function isShut(gate: Gate): boolean {
  try {
    return !gate.isOpen;
  } catch {
    return false;
  }
}

function cameBefore<T>(a: Place<T>, b: Place<T>): boolean {
  return a.at < b.at;
}
