import type { Outcome } from '../result.ts';

/** Why Errand ended a command. */
export interface ForcedEnd {
  readonly outcome: Extract<Outcome, 'timed-out' | 'idle-timed-out' | 'cancelled'>;
  readonly reason: string;
}

/** The one place that decides why a command ended: the first cause wins, and later ones change nothing. */
export class Ending {
  forced: ForcedEnd | undefined;
  #decided = false;

  /** Whether this was the first cause. */
  force(end: ForcedEnd): boolean {
    if (this.#decided) return false;
    this.#decided = true;
    this.forced = end;
    return true;
  }

  /** What comes of the command is its outcome: it ended by itself, by somebody else's hand, or is being killed. */
  settle(): boolean {
    const first = !this.#decided;
    this.#decided = true;
    return first;
  }
}
