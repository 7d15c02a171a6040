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
