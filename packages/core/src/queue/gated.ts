import type { Gate } from '../quota.ts';
import { Aside } from './aside.ts';
import type { Place } from './fair-class.ts';
import type { Share } from './share.ts';

/** Those of a class that have left their line for a gate that was shut. */
export class Gated<T> {
  readonly #shares = new Map<Gate, Set<Share<T>>>();

  has(gate: Gate): boolean {
    return this.#shares.has(gate);
  }

  /** From its line, or from behind another gate. */
  add(place: Place<T>, gate: Gate): void {
    const { share, behind } = place;
    share.aside ??= new Aside();
    if (behind === gate) {
      share.aside.shut(place, gate);
      return;
    }
    if (behind) this.remove(place, behind);
    else share.line.remove(place.at);
    share.aside.add(place, gate);
    const shares = this.#shares.get(gate) ?? new Set();
    this.#shares.set(gate, shares.add(share));
  }

  remove(place: Place<T>, gate: Gate): void {
    const { aside } = place.share;
    aside?.remove(place);
    if (aside?.has(gate)) return;
    const shares = this.#shares.get(gate);
    shares?.delete(place.share);
    if (shares?.size === 0) this.#shares.delete(gate);
  }

  /** Those that have somebody behind it, who may be next now. */
  opened(gate: Gate): ReadonlySet<Share<T>> | undefined {
    const shares = this.#shares.get(gate);
    for (const { aside } of shares ?? []) aside?.opened(gate);
    return shares;
  }
}
