import { setTimeout as delay } from 'node:timers/promises';

const SMALL_BYTES = 4_096;
const SOON_MS = 2;
/** Few small pieces, as most commands print, are sent at once. */
const FEW = 8;

/** Holds back a flood of small pieces, a frame each, for a moment in which what follows becomes one piece. */
export class Pace {
  #lastAt = 0;
  #flood = 0;

  async keep(bytes: number): Promise<void> {
    const isSoon = performance.now() - this.#lastAt < SOON_MS;
    this.#flood = isSoon && bytes < SMALL_BYTES ? this.#flood + 1 : 0;
    if (this.#flood > FEW) {
      await delay(SOON_MS);
      // It goes on until a while passes without one.
      this.#flood = FEW;
    }
    this.#lastAt = performance.now();
  }
}
