/** Something that can go, once, and what is to be done then. */
export class Gone {
  readonly #watchers = new Set<() => void>();
  #isGone = false;

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Acts when it is gone, if need be at once; what is returned keeps it from doing so. */
  when(act: () => void): () => void {
    if (this.#isGone) act();
    else this.#watchers.add(act);
    return () => this.#watchers.delete(act);
  }

  tell(): void {
    this.#isGone = true;
    for (const act of this.#watchers) act();
    this.#watchers.clear();
  }
}

/** How late it may be told of, after its last words. */
const LATE_MS = 200;

/** Waits until it is told of: why it is gone is known by then. */
export async function told(whenGone: Gone['when']): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const late = setTimeout(resolve, LATE_MS);
  const forget = whenGone(resolve);
  await promise;
  clearTimeout(late);
  forget();
}
