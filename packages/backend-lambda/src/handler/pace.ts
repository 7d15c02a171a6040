import { setTimeout as delay } from 'node:timers/promises';

const SMALL_BYTES = 4_096;
/** A flood of small pieces is sent in as many frames as there are such times. */
const PERIOD_MS = 2;
/** Few small pieces, as most commands print, are sent at once. */
const FEW = 8;

/** Holds back a flood of small pieces, a frame each, for a moment in which what follows becomes one piece. */
export class Pace {
  readonly #now: () => number;
  readonly #wait: (ms: number) => Promise<unknown>;
  #free = FEW;
  #lastAt: number;

  constructor(now: () => number = () => performance.now(), wait: (ms: number) => Promise<unknown> = (ms) => delay(ms)) {
    this.#now = now;
    this.#wait = wait;
    this.#lastAt = now();
  }

  async keep(bytes: number): Promise<void> {
    if (bytes >= SMALL_BYTES) return;
    const now = this.#now();
    this.#free = Math.min(FEW, this.#free + (now - this.#lastAt) / PERIOD_MS);
    this.#lastAt = now;
    this.#free -= 1;
    if (this.#free < 0) await this.#wait(-this.#free * PERIOD_MS);
  }
}
