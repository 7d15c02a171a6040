import type { MadeContainer } from './made-container.ts';

/** Containers that were made ahead, and in which nothing ran. */
export class SpareContainers {
  readonly #count: number;
  readonly #make: () => MadeContainer;
  readonly #spares = new Set<MadeContainer>();
  #isClosed = false;

  constructor(count: number, make: () => MadeContainer) {
    this.#count = count;
    this.#make = make;
  }

  /** The oldest, be it made still; from then on as many as are wanted are made in its place. */
  take(): MadeContainer {
    const [spare = this.#make()] = this.#spares;
    this.#spares.delete(spare);
    this.#fill();
    return spare;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#spares].map((spare) => spare.close()));
  }

  #fill(): void {
    while (!this.#isClosed && this.#spares.size < this.#count) {
      const spare = this.#make();
      this.#spares.add(spare);
      // Whoever needs one that could not be made is told why.
      spare.ready(NEVER).catch(() => this.#spares.delete(spare));
    }
  }
}

const NEVER = new AbortController().signal;
