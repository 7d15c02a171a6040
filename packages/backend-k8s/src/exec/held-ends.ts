import { setTimeout as delay } from 'node:timers/promises';
import type { ExecPlace } from './exec-channel.ts';
import { lookAtEnds, type WrapperEnd } from './look-at-ends.ts';

/** How long a line's output is held back before its end is asked for, and between two questions. */
const PAUSE_MS = 700;

interface Held {
  readonly pid: string;
  readonly isHeld: () => boolean;
  readonly tell: (end: number | 'gone') => void;
}

/** Asks for the ends of one container's lines whose readers hold them back, of all of them at once. */
export class HeldEnds {
  readonly #place: ExecPlace;
  readonly #lines = new Set<Held>();
  #isLooking = false;
  #asked: Promise<void> | undefined;

  constructor(place: ExecPlace) {
    this.#place = place;
  }

  /** Tells a line's end where that is asked for; what is returned ends that. */
  add(line: Held): () => void {
    this.#lines.add(line);
    void this.#look();
    return () => void this.#lines.delete(line);
  }

  /** Asks once, for all of them. Never rejects. */
  ask(): Promise<void> {
    this.#asked ??= this.#ask([...this.#lines]).finally(() => {
      this.#asked = undefined;
    });
    return this.#asked;
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#lines.size > 0) {
      const before = [...this.#lines].filter(({ isHeld }) => isHeld());
      await delay(PAUSE_MS, undefined, { ref: false });
      const held = before.filter((line) => this.#lines.has(line) && line.isHeld());
      if (held.length > 0) await this.#ask(held);
    }
    this.#isLooking = false;
  }

  async #ask(lines: readonly Held[]): Promise<void> {
    if (lines.length === 0) return;
    const pids = lines.map(({ pid }) => pid);
    const ends = await lookAtEnds(this.#place, pids).catch(() => new Map<string, WrapperEnd>());
    for (const { pid, tell } of lines) {
      const end = ends.get(pid);
      if (end !== undefined) tell(end);
    }
  }
}
