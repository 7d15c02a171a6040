import type { Count, QuotaStore } from './store/quota-store.ts';
import { within } from './store/within.ts';

/** One command's points, which can be given back as long as their windows last. */
export class Charge {
  readonly #store: QuotaStore;
  readonly #timeoutMs: number;
  readonly #taken: { readonly key: string; readonly windowMs: number; readonly until: number }[] = [];
  #isGivenBack = false;

  constructor(store: QuotaStore, timeoutMs: number) {
    this.#store = store;
    this.#timeoutMs = timeoutMs;
  }

  /** One point. Rejects where the store takes too long; a point that is added later is given back. */
  add(key: string, windowMs: number): Promise<Count> {
    const adding = this.#store.add(key, 1, windowMs);
    adding.then(
      ({ leftMs }) => {
        this.#taken.push({ key, windowMs, until: performance.now() + leftMs });
        if (this.#isGivenBack) this.giveBack();
      },
      () => {},
    );
    return within(adding, this.#timeoutMs);
  }

  /** Never throws. What is lost with the store is over with its window. */
  giveBack(): void {
    this.#isGivenBack = true;
    for (const { key, windowMs, until } of this.#taken.splice(0)) {
      // Its window is over, and the next one has nothing of it.
      if (performance.now() >= until) continue;
      this.#store.add(key, -1, windowMs).catch(() => {});
    }
  }
}
