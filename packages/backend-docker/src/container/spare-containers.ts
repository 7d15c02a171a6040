import { setTimeout as delay } from 'node:timers/promises';
import type { DriverProcess } from '@errand/core';
import type { CommandContainer } from './command-container.ts';

/** What takes the place of a spare is made when its command has ended, or has run for so long: making one slows it down. */
const FILL_MS = 250;

/** Containers that were made ahead, and in which nothing ran. */
export class SpareContainers {
  readonly #count: number;
  readonly #make: () => CommandContainer;
  readonly #spares = new Set<CommandContainer>();
  #isClosed = false;

  constructor(count: number, make: () => CommandContainer) {
    this.#count = count;
    this.#make = make;
  }

  /** The oldest, be it made still. */
  take(): CommandContainer {
    const [spare = this.#make()] = this.#spares;
    this.#spares.delete(spare);
    return spare;
  }

  /** As many as are wanted are there from then on, soon after the command that took one was started, or was not. */
  fillAfter(started: Promise<DriverProcess>): void {
    if (this.#count === 0) return;
    const fill = (): void => this.#fill();
    const ended = started.then(({ exit }) => Promise.race([exit, delay(FILL_MS, undefined, { ref: false })]));
    ended.then(fill, fill);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#spares].map((spare) => spare.end()));
  }

  #fill(): void {
    while (!this.#isClosed && this.#spares.size < this.#count) {
      const spare = this.#make();
      this.#spares.add(spare);
      // Whoever needs one that could not be made is told why.
      spare.makeReady().catch(() => {
        if (this.#spares.delete(spare)) void spare.end();
      });
    }
  }
}
